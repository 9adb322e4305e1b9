// A FakeAccount on whose nodes a master and its workers live: what they do is up to the test, which
// changes the account's tasks between the runner's looks.
//
// One thread changes tasks; requests may come from several.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/models/fake_account.h"

namespace dms::models {

class FakeCrew final : public Transport {
 public:
  Result<Response> send(const Request& request, std::stop_token stop = {}) override;

  FakeAccount account;
  std::string printed = "hostname node1\naddress 10.0.0.1\nport 4004\n";  // by the master
  batch::NodeState node_state = batch::NodeState::running;
  int slots = 100;
  std::vector<std::string> terminated;  // ids, in order

  // Starts what waits, as far as there are slots; the master on `node`.
  void start_waiting(const std::string& node = "node1");
  // Ends the task so; exit code 0 is a success. A master that succeeds leaves its outputs.
  void end(const std::string& id, int exit_code);
  // As a lost node does it: the task waits again.
  void requeue(const std::string& id);

  std::string master() const;                // the master's id, or ""
  std::vector<std::string> workers() const;  // their ids
  // Of the workers that are not completed.
  std::vector<std::string> alive() const;
  const batch::Task& task(const std::string& id) const;
  std::string environment(const std::string& id, std::string_view name) const;

 private:
  std::optional<Response> answer(const Request& request, const std::string& path);
  Response terminate(const std::string& key);
  batch::Task& at(const std::string& id);

  mutable std::mutex mutex_;
  int starts_ = 0;
};

}  // namespace dms::models
