// Load on one tenant's keys: 20 % writes, 10 % deletions, reads. With RATE at a fixed rate, whatever the server's pace;
// without, as fast as CALLERS callers are answered. What was acknowledged is printed, one line each.
import http from 'k6/http';
import { check } from 'k6';
import { Counter } from 'k6/metrics';

const { BASE, KEY, RATE, SECONDS, CALLERS, SUMMARY } = __ENV;
const KEYS = `${BASE}/api/v1/apikeys`;
const PARAMS = { headers: { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/json' } };
const faults = new Counter('faults');
const own = [];

const STEADY = { executor: 'constant-arrival-rate', rate: Number(RATE), timeUnit: '1s', duration: `${SECONDS}s`,
  preAllocatedVUs: Number(CALLERS), maxVUs: Number(CALLERS) };
const FAST = { executor: 'constant-vus', vus: Number(CALLERS), duration: `${SECONDS}s` };

export const options = {
  scenarios: { load: Number(RATE) ? STEADY : FAST },
  summaryTrendStats: ['p(50)', 'p(99)', 'max'],
  thresholds: { checks: ['rate==1'] },
};

export default function () {
  const dice = Math.random();
  let reply;
  if (dice < 0.2 || own.length === 0) {
    reply = http.post(KEYS, JSON.stringify({ name: 'load' }), PARAMS);
    if (reply.status === 201) {
      own.push(reply.json('id'));
      console.log(`made ${own[own.length - 1]}`);
    }
  } else if (dice < 0.3) {
    const id = own.pop();
    console.log(`gone ${id}`); // acknowledged, or perhaps done: not looked for either way
    reply = http.del(`${KEYS}/${id}`, null, PARAMS);
  } else {
    reply = http.get(dice < 0.6 ? `${KEYS}/${own[own.length - 1]}` : `${BASE}/api/v1/projects`, PARAMS);
  }
  const fault = reply.status === 503 && reply.json('retryable') === true && reply.headers['Retry-After'] === '1';
  faults.add(fault ? 1 : 0);
  const good = check(reply, { 'a success, or a fault that says so': (r) => (r.status >= 200 && r.status < 300) || fault });
  if (!good) console.log(`wrong ${reply.request.method} ${reply.status} ${reply.error} ${reply.body}`);
}

export function handleSummary(data) {
  return { [SUMMARY]: JSON.stringify(data) };
}
