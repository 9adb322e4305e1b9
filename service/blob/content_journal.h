// Small content: durable as rows of the store first, as files a little later.
//
// A small blob costs one flush of the store, which its row needs anyway and many callers share,
// instead of one more for its file and one for the file's directory. The files are made durable
// many at a time, after their callers have been answered; then the rows go. Thread-safe.
//
//   kind      key                                value
//   content   <batch>/<number>/<name of file>    the bytes
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "service/blob/content.h"
#include "service/store.h"

namespace dms::service {

class ContentJournal {
 public:
  // About as seldom as the system itself would do it: to flush a file system takes as long as there
  // is to write on it, by anybody.
  static constexpr std::chrono::seconds usual_age{20};

  // Files are made durable when the oldest is so old, or when there are very many. Requires: the
  // store outlives this.
  ContentJournal(Store& store, Content content, std::chrono::milliseconds age = usual_age);
  ~ContentJournal();  // what is left is made durable by the next start

  // Enqueues the changes together with the bytes of `fresh` that are not on disk.
  Ticket enqueue(std::vector<Change> changes, const std::vector<NewContent>& fresh);

  // For the start, before any request: makes durable files of what the rows hold, and removes
  // these. Errors: those of the file system and of the store.
  static Status restore(Store& store, const Content& content);

 private:
  // Rows that go together: by one change, when all of their files are on disk.
  struct Batch {
    std::uint64_t number = 0;
    std::size_t files = 0;
    std::size_t bytes = 0;
    // Too large to wait until it is old.
    bool is_full() const { return files >= 10'000 || bytes >= 8 << 20; }
  };

  void settle_until(std::stop_token stop);
  void settle(std::uint64_t batch);

  Store& store_;
  const Content content_;
  const std::chrono::milliseconds age_;
  std::mutex mutex_;
  std::condition_variable_any grown_;
  Batch batch_;  // guarded by mutex_
  std::jthread settler_;
};

}  // namespace dms::service
