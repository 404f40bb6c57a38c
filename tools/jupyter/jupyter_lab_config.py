"""JupyterLab as `make lab` starts it: on this machine only, asking nothing."""

from pathlib import Path

c = get_config()  # noqa: F821  (JupyterLab defines it before it reads this file)

c.ServerApp.ip = "127.0.0.1"
# In a container one is often root; nobody else can reach the server.
c.ServerApp.allow_root = True
# Who pastes a million points gets an answer, not a lost connection (in bytes).
c.ServerApp.tornado_settings = {"websocket_max_message_size": 100_000_000}

# overrides.json in this folder: no question about news, no look-up of new versions.
c.LabApp.app_settings_dir = str(Path(__file__).parent)
c.LabApp.extension_manager = "readonly"
