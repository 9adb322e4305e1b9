// The Store of the tests: rows in memory, durable as soon as they are enqueued. Thread-safe.
#include <map>
#include <mutex>

#include "service/store.h"

namespace dms::service {
namespace {

using Rows = std::map<std::string, std::string, std::less<>>;

void erase_prefix(Rows& rows, const std::string& prefix) {
  auto first = rows.lower_bound(prefix);
  auto last = first;
  while (last != rows.end() && last->first.starts_with(prefix)) ++last;
  rows.erase(first, last);
}

class MemoryStore final : public Store {
 public:
  Ticket enqueue(std::vector<Change> changes) override {
    if (changes.empty()) return 0;
    const std::lock_guard lock(mutex_);
    for (Change& change : changes) apply(std::move(change));
    return ++last_;
  }

  Status wait(Ticket) override { return ok(); }

  Ticket durable() override {
    const std::lock_guard lock(mutex_);
    return last_;
  }

  Status load(std::string_view kind,
              const std::function<void(std::string_view, std::string_view)>& row) override {
    const std::lock_guard lock(mutex_);
    const auto found = kinds_.find(kind);
    if (found == kinds_.end()) return ok();
    for (const auto& [key, value] : found->second) row(key, value);
    return ok();
  }

 private:
  void apply(Change change) {
    Rows& rows = kinds_[change.kind];
    if (change.prefix) {
      erase_prefix(rows, change.key);
    } else if (change.erased) {
      rows.erase(change.key);
    } else {
      rows.insert_or_assign(std::move(change.key), std::move(change.value));
    }
  }

  std::mutex mutex_;
  std::map<std::string, Rows, std::less<>> kinds_;
  Ticket last_ = 0;
};

}  // namespace

std::unique_ptr<Store> memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace dms::service
