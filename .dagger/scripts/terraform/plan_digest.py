"""What a sealed plan says of itself: its digest, on standard output.

    plan_digest.py FILE

Nobody needs the key for it. Whoever opens the plan finds out whether it is true.
"""

import sys
from pathlib import Path

from sealed import SealError, read_about

try:
    about = read_about(Path(sys.argv[1]).read_bytes(), "the plan file")
    print(about["digest"], end="")
except SealError as error:
    sys.exit(str(error))
except KeyError:
    sys.exit("the file that was given holds something else than a plan")
