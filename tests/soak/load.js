// Steady load on one tenant's keys at a fixed rate, whatever the server's pace: 20 % writes, 10 % deletions, reads.
import http from 'k6/http';
import { check } from 'k6';

const { BASE, KEY, RATE, SECONDS } = __ENV;
const KEYS = `${BASE}/api/v1/apikeys`;
const PARAMS = { headers: { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/json' } };
const own = [];

export const options = {
  scenarios: {
    steady: {
      executor: 'constant-arrival-rate', rate: Number(RATE), timeUnit: '1s', duration: `${SECONDS}s`,
      preAllocatedVUs: 4, maxVUs: 8,
    },
  },
  thresholds: { checks: ['rate==1'] },
};

export default function () {
  const dice = Math.random();
  let reply;
  if (dice < 0.2 || own.length === 0) {
    reply = http.post(KEYS, JSON.stringify({ name: 'load' }), PARAMS);
    if (reply.status === 201) own.push(reply.json('id'));
  } else if (dice < 0.3) {
    reply = http.del(`${KEYS}/${own.pop()}`, null, PARAMS);
  } else {
    reply = http.get(dice < 0.6 ? `${KEYS}/${own[own.length - 1]}` : `${BASE}/api/v1/projects`, PARAMS);
  }
  check(reply, { 'a success, or a fault that says so': (r) => r.status < 300 || (r.status === 503 && r.json('retryable')) });
}
