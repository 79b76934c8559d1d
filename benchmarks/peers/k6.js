// The same person in k6: cookies by its jar, the body read, one check. MODE: keep, new, hold, even.
import http from 'k6/http';
import { check, sleep } from 'k6';

const mode = __ENV.MODE;
const seconds = __ENV.SECONDS || '6';
const scenario = {
  keep: { executor: 'constant-vus', vus: 50, duration: `${seconds}s` },
  new: { executor: 'constant-vus', vus: 50, duration: `${seconds}s` },
  hold: { executor: 'per-vu-iterations', vus: Number(__ENV.VUS || 0) || 1, iterations: 1, maxDuration: '90s' },
  even: { executor: 'constant-arrival-rate', rate: Number(__ENV.RATE || 1), timeUnit: '1s', duration: `${seconds}s`,
          preAllocatedVUs: Number(__ENV.VUS || 0) || 1, maxVUs: Number(__ENV.VUS || 0) || 1, gracefulStop: '0s' },
}[mode];

export const options = {
  scenarios: { one: scenario },
  noConnectionReuse: mode === 'new',
  noVUConnectionReuse: mode === 'new',
  summaryTrendStats: ['p(99)'],
};

export default function () {
  const answer = http.get(__ENV.URL);
  check(answer, { home: (r) => r.status === 200 && r.body.includes('data-page="home"') });
  if (__ENV.STAY) sleep(Number(__ENV.STAY));
}

export function handleSummary(data) {
  const value = (name, what) => (data.metrics[name] ? data.metrics[name].values[what] : 0);
  return { [__ENV.OUT]: JSON.stringify({
    steps: value('http_reqs', 'count'), rate: value('http_reqs', 'rate'),
    failed: value('http_req_failed', 'passes'), dropped: value('dropped_iterations', 'count'),
    wrong: value('checks', 'fails') }) };
}
