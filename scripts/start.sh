#!/bin/sh
# npm start: sets up what is missing, then runs all checks of this repository on galley, builds the
# images of its services and plans the local environment.
# The exit code is the verdict.
set -eu
cd "$(dirname "$0")/.."
sh scripts/set-up.sh
galley="node engine/bin/galley.cjs"
if [ "$(id -u)" -ne 0 ]; then galley="sudo -n env PATH=$PATH $galley"; fi
# A failing report is exported all the same: reading it is no gate.
if $galley call reports ci all export --path report >/dev/null; then
  printf '%s\n' "report: report/report.html" >&2
fi
if $galley call reports images all export --path report/images >/dev/null; then
  printf '%s\n' "report: report/images/report.html" >&2
fi
if $galley call reports terraform-plan --environment local all export --path report/terraform >/dev/null; then
  printf '%s\n' "report: report/terraform/report.html" >&2
fi
verdict=0
$galley call ci || verdict=$?
$galley call build-images summary || verdict=$?
$galley call terraform-plan --environment local summary || verdict=$?
exit "$verdict"
