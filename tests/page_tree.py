"""A strict reader of HTML: what is not closed, or twice the same id, is an error."""

from html.parser import HTMLParser

VOID = {"meta", "img", "input"}


class PageTree(HTMLParser):
    """The elements of a page in their order.

    Attributes:
        elements: for each the path of its names, its attributes, and its text.
    """

    def __init__(self, text):
        super().__init__()
        self.elements, self._open = [], []
        self.feed(text)
        self.close()
        assert not self._open, f"not closed: {self._open}"
        ids = [a["id"] for _, a, _ in self.elements if "id" in a]
        assert len(set(ids)) == len(ids), ids

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert len(set(names)) == len(names), f"{tag} has an attribute twice"
        path = "/".join([*(e[0].split("/")[-1] for e in self._open), tag])
        self.elements.append((path, dict(attributes), []))
        if tag not in VOID:
            self._open.append(self.elements[-1])

    def handle_endtag(self, tag):
        assert self._open.pop()[0].split("/")[-1] == tag

    def handle_data(self, text):
        if self._open:
            self._open[-1][2].append(text)

    def find(self, tag):
        """All elements of a name: their attributes and their own text."""
        return [
            (attributes, "".join(text).strip())
            for path, attributes, text in self.elements
            if path.split("/")[-1] == tag
        ]
