// Microsoft's Batch client drives the local service through the life of a job schedule and of the
// pools that jobs bring along. The stories run in order.
import { startService, text, until } from './support.mjs';

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BatchServiceClient, BatchSharedKeyCredentials } from '@azure/batch';

const schedule = 'conformance-schedule';
const firstJob = `${schedule}:job-1`;
const small = {
  vmSize: 'small',
  virtualMachineConfiguration: {
    imageReference: { publisher: 'debian', offer: 'debian-12', sku: '12' },
    nodeAgentSKUId: 'batch.node.debian 12',
  },
  targetDedicatedNodes: 1,
};
const autoPool = (poolLifetimeOption) => ({
  autoPoolSpecification: { autoPoolIdPrefix: 'made', poolLifetimeOption, pool: small },
});
const refusal = (status, code) => (error) => {
  assert.deepEqual([error.statusCode, error.code], [status, code], error.message);
  return true;
};

describe('schedules of the batch client against the local service', () => {
  let server, client;

  const states = async () =>
    [...await client.job.listFromJobSchedule(schedule)].map((job) => [job.id, job.state]);
  const scheduleIs = (state) => until(`schedule ${state}`, async () => {
    const found = await client.jobSchedule.get(schedule);
    return found.state === state && found;
  });

  before(async () => {
    server = await startService();
    client = new BatchServiceClient(
      new BatchSharedKeyCredentials(server.batch.account, server.batch.key), server.batch.url,
      { noRetryPolicy: true });
  });
  after(async () => {
    if (!server) return;
    try {
      for (const job of [...await client.job.list()]) {
        if (job.state !== 'deleting') await client.job.deleteMethod(job.id);
      }
      await until('all pools gone', async () => [...await client.pool.list()].length === 0);
    } finally {
      await server.stop();
    }
  });

  it('adds a schedule, which makes its first job at once', async () => {
    assert.equal((await client.jobSchedule.exists(schedule)).body, false);
    await client.jobSchedule.add({
      id: schedule,
      schedule: { recurrenceInterval: 'PT6M' },
      jobSpecification: { poolInfo: autoPool('jobSchedule') },
    });
    assert.equal((await client.jobSchedule.exists(schedule)).body, true);
    const found = await client.jobSchedule.get(schedule);
    assert.equal(found.state, 'active');
    assert.equal(found.executionInfo.recentJob.id, firstJob);
    assert.equal(found.executionInfo.nextRunTime - found.creationTime, 6 * 60 * 1000);
    assert.deepEqual(await states(), [[firstJob, 'active']]);
    assert.deepEqual([...await client.jobSchedule.list()].map(({ id }) => id), [schedule]);
  });

  it('runs a task of its job, in a pool that was made for it', async () => {
    const { executionInfo } = await client.job.get(firstJob);
    assert.match(executionInfo.poolId, /^made_[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
    await client.task.add(firstJob, { id: 'where', commandLine: '/bin/sh -c "pwd; echo $AZ_BATCH_JOB_ID"' });
    await until('task completed', async () =>
      (await client.task.get(firstJob, 'where')).state === 'completed');
    const output = await text(
      (await client.file.getFromTask(firstJob, 'where', 'stdout.txt')).readableStreamBody);
    const [directory, job] = output.trim().split('\n');
    assert.ok(directory.endsWith(`/workitems/${schedule}/job-1/where/wd`), directory);
    assert.equal(job, firstJob);
  });

  it('makes no job before doNotRunUntil', async () => {
    const due = new Date(Date.now() + 3 * 24 * 3600 * 1000);
    await client.jobSchedule.add({
      id: 'later',
      schedule: { doNotRunUntil: due },
      jobSpecification: { poolInfo: { poolId: 'none' } },
    });
    const found = await client.jobSchedule.get('later');
    assert.equal(found.executionInfo.nextRunTime.getTime(), due.getTime());
    assert.deepEqual([...await client.job.listFromJobSchedule('later')], []);
    await client.jobSchedule.deleteMethod('later');
  });

  it('changes by patch and update', async () => {
    await client.jobSchedule.patch(schedule, { schedule: { recurrenceInterval: 'PT7M' } });
    assert.equal((await client.jobSchedule.get(schedule)).schedule.recurrenceInterval, 'PT7M');
    await client.jobSchedule.update(schedule, {
      schedule: { recurrenceInterval: 'PT8M' },
      jobSpecification: { poolInfo: autoPool('jobSchedule') },
    });
    assert.equal((await client.jobSchedule.get(schedule)).schedule.recurrenceInterval, 'PT8M');
  });

  it('is disabled and enabled', async () => {
    await client.jobSchedule.disable(schedule);
    assert.equal((await client.jobSchedule.get(schedule)).state, 'disabled');
    await client.jobSchedule.enable(schedule);
    assert.equal((await client.jobSchedule.get(schedule)).state, 'active');
  });

  it('shares its id with no other schedule and no job', async () => {
    const jobSpecification = { poolInfo: { poolId: 'none' } };
    await assert.rejects(client.jobSchedule.add({ id: schedule, schedule: {}, jobSpecification }),
      refusal(409, 'JobScheduleExists'));
    await assert.rejects(client.job.add({ id: schedule, poolInfo: { poolId: 'none' } }),
      refusal(409, 'JobScheduleWithSameIdExists'));
  });

  it('is terminated with its job, and its pool goes', async () => {
    await client.jobSchedule.terminate(schedule);
    const ended = await scheduleIs('completed');
    assert.ok(ended.executionInfo.endTime instanceof Date);
    assert.deepEqual(await states(), [[firstJob, 'completed']]);
    assert.equal((await client.job.get(firstJob)).executionInfo.terminateReason, 'TerminateJobSchedule');
    await until('pool gone', async () => [...await client.pool.list()].length === 0);
  });

  it('is deleted with its jobs', async () => {
    await client.jobSchedule.deleteMethod(schedule);
    await until('schedule gone', async () => (await client.jobSchedule.exists(schedule)).body === false);
    await assert.rejects(client.job.get(firstJob), refusal(404, 'JobNotFound'));
  });

  it('makes a pool for a job and deletes it when the job is terminated', async () => {
    await client.job.add({ id: 'brings-its-pool', poolInfo: autoPool('job') });
    const { poolId } = (await client.job.get('brings-its-pool')).executionInfo;
    assert.equal((await client.pool.get(poolId)).targetDedicatedNodes, 1);
    await client.job.terminate('brings-its-pool');
    await until('pool gone', async () => (await client.pool.exists(poolId)).body === false);
  });

  it('says why a pool could not be made', async () => {
    const poolInfo = autoPool('job');
    poolInfo.autoPoolSpecification.pool = { ...small, targetDedicatedNodes: 5000 };
    await client.job.add({ id: 'asks-too-much', poolInfo });
    const job = await until('job completed', async () => {
      const found = await client.job.get('asks-too-much');
      return found.state === 'completed' && found;
    });
    assert.equal(job.executionInfo.schedulingError.code, 'InvalidAutoPoolSettings');
  });
});
