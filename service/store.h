// The service's durable state: one SQLite database in write-ahead mode, written by one thread.
//
// Group commit: callers queue their changes in the order of their decisions and wait for the commit
// that holds them; all that queued meanwhile share one transaction and one fsync. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dms::service {

// One row written or removed. A row is (kind, key) -> value; `kind` names the table of rows
// ("pool", "task", "blob" …). Keys of one kind sort bytewise.
struct Change {
  std::string kind;
  std::string key;
  std::string value;
  bool erased = false;
  // Removes every row of `kind` whose key starts with `key` (one change for a job's 100,000 tasks).
  bool prefix = false;

  static Change put(std::string kind, std::string key, std::string value) {
    return {std::move(kind), std::move(key), std::move(value), false, false};
  }
  static Change erase(std::string kind, std::string key) {
    return {std::move(kind), std::move(key), {}, true, false};
  }
  static Change erase_prefix(std::string kind, std::string key) {
    return {std::move(kind), std::move(key), {}, true, true};
  }
};

// A place in the order of changes. 0 is "nothing was changed".
using Ticket = std::uint64_t;

class Store {
 public:
  virtual ~Store() = default;

  // Takes the changes as one atomic group, in the order of the calls; returns without waiting.
  virtual Ticket enqueue(std::vector<Change> changes) = 0;
  // Returns when every group up to `ticket` is durable.
  // Errors: exhausted when the disk is full, internal otherwise; the store then refuses everything
  // that follows, so that no answer claims what is not on disk.
  virtual Status wait(Ticket ticket) = 0;
  // Every group up to this one is durable.
  virtual Ticket durable() = 0;
  // Calls `row` for every row of `kind` in key order. Requires: nothing is enqueued meanwhile.
  virtual Status load(
      std::string_view kind,
      const std::function<void(std::string_view key, std::string_view value)>& row) = 0;

  Status commit(std::vector<Change> changes) { return wait(enqueue(std::move(changes))); }
};

// Opens or creates DIR/state.db (mode 0600, journal in WAL mode, synchronous=FULL).
// Errors: corrupt when it is not a database of this program or of a newer format version; the
// message names the file.
Result<std::unique_ptr<Store>> open_store(const std::string& path);

// Keeps rows in memory: for tests.
std::unique_ptr<Store> memory_store();

}  // namespace dms::service
