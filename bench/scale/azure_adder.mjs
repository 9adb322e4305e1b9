// Adds tasks to a job with Microsoft's @azure/batch: collections of 100, four under way.
//
//   node azure_adder.mjs URL ACCOUNT JOB TASKS.json      the key in BATCH_ACCOUNT_KEY
//
// Prints the seconds from the first request to the last answer, and the CPU seconds meanwhile.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const require = createRequire(new URL('../../tests/conformance/package.json', import.meta.url));
const { BatchServiceClient, BatchSharedKeyCredentials } = require('@azure/batch');

const [url, account, job, file] = process.argv.slice(2);
const tasks = JSON.parse(readFileSync(file, 'utf8'));
const client = new BatchServiceClient(
  new BatchSharedKeyCredentials(account, process.env.BATCH_ACCOUNT_KEY), url);

let next = 0;
async function work() {
  while (next < tasks.length) {
    const collection = tasks.slice(next, next += 100);
    const { value } = await client.task.addCollection(job, collection);
    const refused = value.find((result) => result.status !== 'success');
    if (refused) throw new Error(`task ${refused.taskId}: ${refused.error?.code}`);
  }
}

const cpu = process.cpuUsage();
const start = performance.now();
await Promise.all([work(), work(), work(), work()]);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpu);
console.log(seconds, (user + system) / 1e6);
