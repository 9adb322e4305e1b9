# "swd" goes to where this job's preparation ran.
echo "alias swd='cd $AZ_BATCH_JOB_PREP_WORKING_DIR'" | sudo tee -a /etc/bash.bashrc >/dev/null
