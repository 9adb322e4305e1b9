// The jobs that run while the service is killed, and what must become of every task of them.
//
//   chain-0 ─► chain-1 ─► … ─► chain-4            each after the end of the one before
//   top ─► left, right ─► join                    right exits with 3, which satisfies
//   flaky-1, flaky-2                              fail once and twice, then succeed: retries
//   bad ─► blocked                                exits with 7, which blocks
//   linked                                        a multi-instance task over two nodes
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "batch/azure_batch.h"
#include "tests/crash/journal.h"

namespace dms::crash {

// What a task must come to. No exit code: it must wait for ever.
struct Fate {
  std::optional<int> exit_code;
  int retries = 0;
  std::vector<std::string> after;  // tasks that must have ended before it started
};

// One job from its adding to its verified end. Errors of the service, other than refusals that
// cannot be, are retried by the transports of `batch`.
class JobStory {
 public:
  JobStory(batch::AzureBatch& batch, const Journal& journal, int number);

  const std::string& id() const { return id_; }

  // Adds the job and its tasks. What returns without an error is acknowledged.
  Status submit();
  // Looks at every task. Errors: internal, naming what is not as it must be: a task that is not
  // there any more, or that was completed and is not so any more or ended otherwise.
  Status look();
  // Whether every task is as its fate says. Errors: internal when one can no longer become so.
  Result<bool> is_done() const;
  // Terminates the job and waits for that.
  Status finish();

  // `agents_die`: runs may have been lost with their agents, and so be more than retries tell.
  // Errors: internal, naming the task whose runs in the journal are not what was completed.
  Status check_runs(const std::map<std::string, RunsOfTask>& runs, bool agents_die) const;

 private:
  Status compare(const batch::Task& before, const batch::Task& now) const;
  Result<bool> is_done(const std::string& task_id, const Fate& fate) const;

  batch::AzureBatch& batch_;
  const std::string id_;
  std::vector<batch::Task> tasks_;
  std::map<std::string, Fate> fates_;
  std::map<std::string, batch::Task> seen_;
};

// The pools that the jobs run on: "plain" of two nodes with two slots, "linked" of two nodes that
// talk to each other.
Status create_pools(batch::AzureBatch& batch);

}  // namespace dms::crash
