// Run inside a session (`galley run node session.mjs QUERY…`): milliseconds of each query, as JSON.
// It is the engine that is measured: this client's first requests, which are slow, ask for nothing.
const { DAGGER_SESSION_PORT: port, DAGGER_SESSION_TOKEN: token } = process.env;

async function ask(query) {
  const since = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/query`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Basic ${Buffer.from(`${token}:`).toString("base64")}`,
    },
    body: JSON.stringify({ query }),
  });
  const { errors } = await response.json();
  if (errors) throw new Error(`${query}: ${errors[0].message}`);
  return performance.now() - since;
}

for (let request = 0; request < 20; request++) await ask("{version}");
const times = [];
for (const query of process.argv.slice(2)) times.push(await ask(query));
console.log(JSON.stringify(times));
