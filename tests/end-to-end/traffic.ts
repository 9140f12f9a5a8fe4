import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** Requests of people, as they were answered. */
export interface Traffic {
  /** how many there were until now */
  readonly sent: number;
  /** those that failed: when, and how */
  readonly failed: readonly string[];
  /** failed ones since it was asked for last */
  news(): readonly string[];
  stop(): Promise<void>;
}

/**
 * People who look at the menu again and again, and sometimes order. As a browser's, a connection of
 * theirs is kept; one that was closed before it gave an answer is no failure to somebody who only
 * looked: that is asked again (RFC 9110, 9.2.2).
 *
 * @param pause milliseconds between an answer and that person's next request
 */
export function startTraffic(url: string, people = 4, pause = 40): Traffic {
  const failed: string[] = [];
  const agent = new Agent({ keepAlive: true });
  let [sent, running, told] = [0, true, 0];
  const ask = async (order: boolean) => {
    const asked = new Date().toISOString();
    const problem = order
      ? await problemOf(agent, `${url}/orders`, ramen)
      : await problemOf(agent, `${url}/menu`);
    sent++;
    if (problem)
      failed.push(
        `${asked} to ${new Date().toISOString()} ${order ? "order" : "menu"}: ${problem}`,
      );
  };
  const person = async () => {
    for (let count = 1; running; count++) {
      await ask(count % 100 === 0);
      await sleep(pause);
    }
  };
  const all = Promise.all(Array.from({ length: people }, person));
  return {
    get sent() {
      return sent;
    },
    failed,
    news() {
      const fresh = failed.slice(told);
      told = failed.length;
      return fresh;
    },
    async stop() {
      running = false;
      await all;
      agent.destroy();
    },
  };
}

const ramen = JSON.stringify({ customer: "people", items: [{ dish: "ramen", quantity: 1 }] });

/** What was the matter with an answer; empty when nothing was. */
async function problemOf(agent: Agent, url: string, order?: string): Promise<string> {
  const asked = request(url, {
    agent,
    method: order ? "POST" : "GET",
    headers: order ? { "Content-Type": "application/json" } : {},
  });
  let answered = false;
  try {
    const given = await new Promise<IncomingMessage>((resolve, reject) => {
      asked.once("response", resolve);
      asked.on("error", reject);
      asked.end(order);
    });
    answered = true;
    const body = await text(given);
    const { statusCode = 0 } = given;
    return statusCode >= 200 && statusCode < 300 ? "" : `${statusCode} ${body.slice(0, 200)}`;
  } catch (error) {
    if (asked.reusedSocket && !answered && !order) return problemOf(agent, url);
    return `${error} (${asked.reusedSocket ? "a kept" : "a new"} connection)`;
  }
}
