// Removes directory trees in the background.
//
// A tree is first renamed into the trash directory, so that its name is free at once and a restart
// finds what is left to remove. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

namespace dms::service {

class Sweeper {
 public:
  // Trash lies in PARENT/.trash; what an earlier sweeper left there is removed.
  explicit Sweeper(std::filesystem::path parent);
  // Ends after the tree under way.
  ~Sweeper();

  // Returns once the tree's name is free. A missing tree is fine.
  void sweep(const std::filesystem::path& tree);

 private:
  void loop(std::stop_token stop);

  const std::filesystem::path trash_;
  std::mutex mutex_;
  std::deque<std::filesystem::path> waiting_;  // guarded by mutex_
  std::condition_variable_any something_waits_;
  std::jthread thread_;
};

}  // namespace dms::service
