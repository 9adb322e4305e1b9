// The master's side of the network: workers come and go, runs are done.
//
// A run whose worker vanishes goes to another one. Workers may join at any time. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <string>
#include <vector>

#include "samples/estimator/programs/connection.h"
#include "samples/estimator/programs/least_squares.h"

namespace estimator {

class Farm {
 public:
  // `digest` is what workers must say that they work on. `told` gets a line about who comes, goes
  // and runs. Throws Problem when it cannot listen.
  Farm(const Address& address, std::string digest, std::function<void(const std::string&)> told);
  ~Farm();
  Farm(const Farm&) = delete;
  Farm& operator=(const Farm&) = delete;

  // Has every run of the batch done by some worker, and waits for workers as long as it takes. A
  // run that fails on `attempts` workers has no answer.
  std::vector<Answer> evaluate(const std::vector<std::vector<double>>& batch);

  std::uint64_t runs_done() const { return runs_done_; }
  std::uint64_t runs_repeated() const { return runs_repeated_; }
  std::size_t workers_seen() const { return workers_seen_; }

 private:
  struct Worker {
    Connection connection;
    std::string name;
    bool welcome = false;  // it said that it works on the same problem
    int run = -1;          // of the batch; -1: idle
  };
  struct Run {
    std::string values;
    Answer answer;
    bool done = false;
    int failures = 0;
  };
  static constexpr int attempts = 3;

  void hand_out();
  void wait_for_news();
  void accept_worker();
  // False when the worker is to be let go.
  bool hear(Worker& worker);
  bool hear_line(Worker& worker, const std::string& line);
  void let_go(std::list<Worker>::iterator worker);

  const int listener_;
  const std::string digest_;
  const std::function<void(const std::string&)> told_;
  std::list<Worker> workers_;
  std::vector<Run> runs_;
  std::deque<int> waiting_;  // runs of the batch that nobody has
  std::uint64_t batches_ = 0;
  std::uint64_t runs_done_ = 0;
  std::uint64_t runs_repeated_ = 0;
  std::size_t workers_seen_ = 0;
};

}  // namespace estimator
