#include "service/blob/content_journal.h"

#include <fmt/format.h>

#include <utility>

#include "core/log.h"

namespace dms::service {
namespace {

constexpr const char* content_kind = "content";

std::string prefix_of(std::uint64_t batch) { return fmt::format("{:016x}/", batch); }

}  // namespace

ContentJournal::ContentJournal(Store& store, Content content, std::chrono::milliseconds age)
    : store_(store),
      content_(std::move(content)),
      age_(age),
      settler_([this](std::stop_token stop) { settle_until(std::move(stop)); }) {}

ContentJournal::~ContentJournal() {
  settler_.request_stop();
  settler_.join();
}

Ticket ContentJournal::enqueue(std::vector<Change> changes, const std::vector<NewContent>& fresh) {
  const std::lock_guard lock(mutex_);
  const bool was_empty = batch_.files == 0;
  for (const auto& [file, bytes] : fresh) {
    if (bytes.empty()) continue;
    // By number, not by name, so that rows are added at the end of their table.
    const std::string key =
        fmt::format("{}{:08x}/{}", prefix_of(batch_.number), batch_.files, file);
    changes.push_back(Change::put(content_kind, key, bytes));
    ++batch_.files;
    batch_.bytes += bytes.size();
  }
  if (batch_.files > 0 && (was_empty || batch_.is_full())) grown_.notify_one();
  return store_.enqueue(std::move(changes));
}

void ContentJournal::settle_until(std::stop_token stop) {
  for (;;) {
    std::unique_lock lock(mutex_);
    if (!grown_.wait(lock, stop, [this] { return batch_.files > 0; })) return;
    grown_.wait_for(lock, stop, age_, [this] { return batch_.is_full(); });
    if (stop.stop_requested()) return;
    const Batch batch =
        std::exchange(batch_, {.number = batch_.number + 1, .files = 0, .bytes = 0});
    lock.unlock();
    settle(batch.number);
  }
}

void ContentJournal::settle(std::uint64_t batch) {
  auto settled = content_.flush();
  if (settled) settled = store_.commit({Change::erase_prefix(content_kind, prefix_of(batch))});
  // The rows stay, and the next start writes the files anew.
  if (!settled) log_warn("small blobs stay in the service's state: " + settled.error().message);
}

Status ContentJournal::restore(Store& store, const Content& content) {
  bool any = false;
  Status written = ok();
  DMS_CHECK(store.load(content_kind, [&](std::string_view key, std::string_view bytes) {
    any = true;
    if (written) written = content.write(std::string(key.substr(key.rfind('/') + 1)), bytes);
  }));
  DMS_CHECK(std::move(written));
  if (!any) return ok();
  DMS_CHECK(content.flush());
  return store.commit({Change::erase_prefix(content_kind, "")});
}

}  // namespace dms::service
