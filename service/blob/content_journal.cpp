#include "service/blob/content_journal.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "core/log.h"

namespace dms::service {
namespace {

constexpr const char* content_kind = "content";

// A batch is settled when it is so large, or so old: the larger, the fewer flushes of directories.
constexpr std::size_t full_files = 1000;
constexpr std::size_t full_bytes = 4 << 20;
constexpr std::chrono::seconds full_age{2};

std::string prefix_of(std::uint64_t batch) { return fmt::format("{:016x}/", batch); }

}  // namespace

ContentJournal::ContentJournal(Store& store, Content content)
    : store_(store),
      content_(std::move(content)),
      settler_([this](std::stop_token stop) { settle_until(std::move(stop)); }) {}

ContentJournal::~ContentJournal() {
  settler_.request_stop();
  settler_.join();
}

Ticket ContentJournal::enqueue(std::vector<Change> changes, const std::vector<NewContent>& fresh) {
  const std::lock_guard lock(mutex_);
  for (const auto& [file, bytes] : fresh) {
    if (bytes.empty()) continue;
    changes.push_back(Change::put(content_kind, prefix_of(batch_.number) + file, bytes));
    batch_.files.push_back(file);
    batch_.bytes += bytes.size();
  }
  grown_.notify_one();
  return store_.enqueue(std::move(changes));
}

void ContentJournal::settle_until(std::stop_token stop) {
  while (!stop.stop_requested()) {
    Batch batch;
    {
      std::unique_lock lock(mutex_);
      if (!grown_.wait(lock, stop, [this] { return !batch_.files.empty(); })) return;
      grown_.wait_for(lock, stop, full_age, [this] {
        return batch_.files.size() >= full_files || batch_.bytes >= full_bytes;
      });
      batch = std::exchange(batch_, {.number = batch_.number + 1, .files = {}, .bytes = 0});
    }
    settle(batch);
  }
}

void ContentJournal::settle(const Batch& batch) {
  auto settled = content_.flush(batch.files);
  if (settled)
    settled = store_.commit({Change::erase_prefix(content_kind, prefix_of(batch.number))});
  // The rows stay, and the next start writes the files anew.
  if (!settled) log_warn("small blobs stay in the service's state: " + settled.error().message);
}

Status ContentJournal::restore(Store& store, const Content& content) {
  std::vector<std::string> files;
  Status written = ok();
  DMS_CHECK(store.load(content_kind, [&](std::string_view key, std::string_view bytes) {
    files.emplace_back(key.substr(key.find('/') + 1));
    if (written) written = content.write(files.back(), bytes);
  }));
  DMS_CHECK(std::move(written));
  if (files.empty()) return ok();
  DMS_CHECK(content.flush(files));
  return store.commit({Change::erase_prefix(content_kind, "")});
}

}  // namespace dms::service
