import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { z } from "zod";
import { galleyPath } from "./repository.ts";

const answer = z.object({
  container: z.object({
    from: z.object({ run: z.object({ exitCode: z.number(), combinedOutput: z.string() }) }),
  }),
});

/** Runs a shell script in a stand-in, each time anew. */
function run(image: string, script: string): { exitCode: number; output: string } {
  const args = JSON.stringify(["sh", "-c", `${script} # ${process.pid}-${Date.now()}`]);
  const query = `{container{from(address:"${image}"){run:withExec(args:${args},expect:ANY){exitCode,combinedOutput}}}}`;
  const { stdout, stderr } = spawnSync(process.execPath, [galleyPath, "query", "-M"], {
    input: query,
    encoding: "utf8",
  });
  expect(stdout, stderr).not.toBe("");
  const { exitCode, combinedOutput } = answer.parse(JSON.parse(stdout)).container.from.run;
  return { exitCode, output: combinedOutput };
}

test("postgres takes the official image's settings, and keeps what it has when it is started again", () => {
  const { output } = run(
    "postgres:17-trixie",
    `
set -e
printf 'hush "quoted"' >/password
echo 'CREATE TABLE made (at text); INSERT INTO made VALUES (current_database())' >/docker-entrypoint-initdb.d/1.sql
export POSTGRES_USER=cook POSTGRES_PASSWORD_FILE=/password POSTGRES_DB='the kitchen'
ask() { PGPASSWORD="$1" psql -h "$(hostname -i)" -U cook -d 'the kitchen' -Atc 'SELECT at, current_user FROM made' 2>&1 || true; }
for start in first second; do
  docker-entrypoint.sh -c max_connections=7 >/log 2>&1 &
  until pg_isready -q -h "$(hostname -i)"; do kill -0 $! || { cat /log; exit 1; }; sleep 0.1; done
  echo "$start: $(ask 'hush "quoted"')"
  psql -h 127.0.0.1 -U cook -d postgres -Atc 'SHOW max_connections'
  if [ $start = second ]; then ask wrong | grep -o 'password authentication failed.*'; fi
  kill -INT $!
  wait $!
done
stat -c %U:%a "$PGDATA"`,
  );
  expect(output).toBe(`first: the kitchen|cook
7
second: the kitchen|cook
7
password authentication failed for user "cook"
postgres:700
`);
});

test("postgres without a password, or with two, or with a script that fails, ends with why and leaves nothing behind", () => {
  const { output } = run(
    "postgres:17-trixie",
    `
exec 2>&1
docker-entrypoint.sh postgres; echo "exit code $?"
POSTGRES_PASSWORD=a POSTGRES_PASSWORD_FILE=/b docker-entrypoint.sh postgres; echo "exit code $?"
echo 'nonsense;' >/docker-entrypoint-initdb.d/1.sql
POSTGRES_PASSWORD=a docker-entrypoint.sh postgres 2>&1 | grep -o '^psql.*syntax error'
ls -A "$PGDATA"; docker-entrypoint.sh echo other commands run as they are`,
  );
  expect(
    output,
  ).toBe(`postgres: no password for the superuser: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE
exit code 1
postgres: POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are both set: set one of them
exit code 1
psql:/docker-entrypoint-initdb.d/1.sql:1: ERROR:  syntax error
other commands run as they are
`);
});
