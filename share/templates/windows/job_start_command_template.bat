echo node %COMPUTERNAME% takes tasks of %AZ_BATCH_JOB_ID%
