echo "node $(hostname) takes tasks of $AZ_BATCH_JOB_ID"
