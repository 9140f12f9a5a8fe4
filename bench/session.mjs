// Run inside a session (`galley run node session.mjs QUERY…`): milliseconds of each query, as JSON.
const { DAGGER_SESSION_PORT: port, DAGGER_SESSION_TOKEN: token } = process.env;

const times = [];
for (const query of process.argv.slice(2)) {
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
  times.push(performance.now() - since);
}
console.log(JSON.stringify(times));
