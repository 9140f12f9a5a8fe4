"""Runs commands of the module's script for AWS, one after the other, in one process.

Each line of standard input is ``[COMMAND, REQUEST, RESULT]``; each is answered with how it ended.
"""

import contextlib
import io
import json
import runpy
import sys

SCRIPT = sys.argv[1]

for line in sys.stdin:
    said, progress = io.StringIO(), io.StringIO()
    sys.argv = [SCRIPT, *json.loads(line)]
    status: object = 0
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(progress):
        try:
            runpy.run_path(SCRIPT, run_name="__main__")
        except SystemExit as ended:
            status = ended.code
    answer = {"status": status, "words": said.getvalue(), "progress": progress.getvalue()}
    print(json.dumps(answer), flush=True)
