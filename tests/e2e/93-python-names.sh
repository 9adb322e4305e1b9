#!/usr/bin/env bash
# Commands under the names that users of the Python tool know: a stuck pool restarted, a container
# copied, and what there is instead of the others.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"

# A pool of two nodes gets two new ones, and a run that was under way runs again.
sleepy_study lab 4 2
sed -i 's/^task_slots_per_node.*/num_hosts: 2\npool: {when_done: keep}/' lab/study.yml
"$dmsbatch" run lab/study.yml >run.out 2>&1 &
study=$!
some_run() { "$dmsbatch" task list lab 2>/dev/null | grep -q running; }
wait_until some_run
nodes() { "$dmsbatch" pool show lab | sed -nE 's/^node +(\S+).*/\1/p' | sort; }
before=$(nodes)
expect_equal "nodes" "$(wc -l <<<"$before")" 2
expect_exit 0 "$dmsbatch" restart-stuck-pool --subscription-id s --resource-group g \
  --batch-account "$(sed -n 's/^_BATCH_ACCOUNT_NAME *= *//p' "$DMSBATCH_DATA_DIR/config.ini")" \
  --pool-id lab --wait-minutes 1
expect_line out '^pool lab gives up its 2 nodes$'
expect_line out '^pool lab has its 2 dedicated and 0 low-priority nodes again$'
two_nodes() { [ "$(nodes | wc -l)" = 2 ]; }
wait_until two_nodes
expect_equal "nodes that stayed" "$(comm -12 <(echo "$before") <(nodes))" ""
wait $study || { cat run.out; fail "the study did not outlive the restart of its pool"; }
expect_equal "last line" "$(last_line run.out)" "4 asked = 4 stored = 4 run = 4 collected"

# A pool with a formula has it again; what is kept meanwhile is gone.
sed -i 's/^pool: .*/pool: {recipe: autoscale, max_nodes: 3}/; s/^job_name: lab/job_name: elastic/' lab/study.yml
expect_exit 0 "$dmsbatch" run lab/study.yml
formula() { "$dmsbatch" pool show elastic --json | grep -o '"autoScaleFormula":"[^"]*","autoScaleEvaluationInterval":"[^"]*"'; }
before=$(formula)
[ -n "$before" ] || fail "the pool has no formula"
expect_exit 0 "$dmsbatch" pool restart elastic --wait 1m --json
expect_line out '^\{"restarted":"elastic"\}$'
expect_equal "formula" "$(formula)" "$before"
expect_equal "records" "$("$dmsbatch" pool show elastic --json | grep -c dmsbatch-restart)" 0
expect_exit 1 "$dmsbatch" schism restart-stuck-pool --pool-id nowhere
expect_line out 'PoolNotFound'
expect_exit 1 "$dmsbatch" restart-stuck-pool --pool-id lab --batch-account somebody
expect_line out 'not of somebody'
expect_exit 1 "$dmsbatch" pool restart lab --node-dealloc later
expect_line out "requeue, terminate, taskcompletion or retaineddata, not 'later'"

# A container's folder copied, links included; what is there stays unless it is to be replaced.
mkdir -p tree/deep
echo one >tree/a.txt
ln -s ../a.txt tree/deep/link
expect_exit 0 "$dmsbatch" blob upload tree source/study
copy() { "$dmsbatch" copy-container-path --src-container source --src-path study --dst-container target "$@"; }
expect_exit 0 copy --src-resource-group-name g --dry-run
expect_exit 0 copy
expect_exit 0 "$dmsbatch" blob download target/study back
diff -r --no-dereference tree back || fail "the copy is different"
echo two >tree/a.txt
expect_exit 0 "$dmsbatch" blob upload tree source/study
expect_exit 0 copy --no-overwrite
expect_exit 0 "$dmsbatch" blob download target/study/a.txt kept.txt
expect_equal "kept" "$(cat kept.txt)" one
expect_exit 0 copy --overwrite --dst-path other
expect_exit 0 copy --overwrite
expect_exit 0 "$dmsbatch" blob download target/study/a.txt replaced.txt
expect_equal "replaced" "$(cat replaced.txt)" two
expect_exit 1 copy --dst-storage-account-name elsewhere
expect_line out 'goes to account elsewhere'

# What is not here says what is.
expect_exit 1 "$dmsbatch" mount-blob --resource-group-name g --storage-account-name s --container-name c
expect_line out 'dmsbatch blob sync'
expect_exit 1 "$dmsbatch" unmount-all-blobs
expect_exit 1 "$dmsbatch" schism set-keys --resource-group-name g
expect_line out 'config-generate'
expect_exit 1 "$dmsbatch" schism upload-batch-scripts
expect_line out 'dmsbatch blob upload'
expect_exit 0 "$dmsbatch" gen-config -f fresh.ini
expect_line fresh.ini '^_BATCH_ACCOUNT_NAME ='
echo "ok"
