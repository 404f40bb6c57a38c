"""What lets a learner take a GAN apart, and what it is compared with.

01, 07  flow_chart game game_pictures   the two players, step by step, on points
05      faults                          two programs with a switch for each fault
06      suspects                        four models that were made to please a measure
07      remedies variants               layers that steady a training; many trainings
12      words                           a GAN and a chain that write lines
13      lesions tables table_models     what a repair invents; rows of a table
14      private occlusion               noisy updates; where a network looks
14      drifting flow_matching          rivals without a discriminator
all     figures intervals               pictures of a lesson; shares and areas
"""
