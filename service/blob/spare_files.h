// Empty files made ahead of need: to make one takes much longer than to fill it, and on some days
// of a file system's life very much longer. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/file.h"

namespace dms::service {

class SpareFiles {
 public:
  struct Spare {
    std::filesystem::path path;
    UniqueFd fd;  // open for writing
  };

  // Makes the directory. What an earlier process left there is removed.
  explicit SpareFiles(std::filesystem::path directory);
  ~SpareFiles();  // removes what is left

  // Nothing when none is ready: then the caller makes a file itself. The first call starts the
  // thread that makes them.
  std::optional<Spare> take();

 private:
  void fill_until(std::stop_token stop);

  const std::filesystem::path directory_;
  std::mutex mutex_;
  std::condition_variable_any taken_;
  std::deque<Spare> spares_;  // guarded by mutex_
  bool wanted_ = false;       // guarded by mutex_
  std::jthread filler_;
};

}  // namespace dms::service
