// copy_directory and delete_directory: what the services do by themselves.
#include "blob/remote_tree.h"
#include "blob/transfer_run.h"

namespace dms::blob {
namespace {

using What = TransferStep::What;
using Existing = TransferOptions::Existing;
using Entries = std::map<std::string, RemoteEntry>;

TransferJob removal(AzureBlob& blobs, const std::string& container, const RemoteEntry& entry) {
  return {.step = {What::remove, entry.name, entry.size_bytes}, .carry_out = [&] {
            auto removed = blobs.delete_blob(container, entry.blob);
            return !removed && removed.error().code == Code::not_found ? ok() : std::move(removed);
          }};
}

bool is_unchanged(const RemoteEntry& a, const RemoteEntry& b) {
  return a.size_bytes == b.size_bytes && a.md5 == b.md5 && !a.md5.empty() && a.mode == b.mode &&
         a.kind == b.kind;
}

class DirectoryCopy {
 public:
  DirectoryCopy(AzureBlob& source, const BlobPlace& from, AzureBlob& target, const BlobPlace& to,
                const TransferOptions& options, const std::stop_token& stop)
      : source_(source),
        from_(from),
        target_(target),
        to_(to),
        prefix_(prefix_of(to)),
        options_(options),
        run_(options, stop) {}

  Result<TransferSummary> run() {
    DMS_TRY(const Entries here, list_source(source_, from_, options_.names));
    DMS_CHECK(look_there());
    std::vector<TransferJob> jobs;
    for (const auto& [name, entry] : here)
      jobs.push_back({.step = {What::copy, name, entry.size_bytes},
                      .needed = [this, &entry = entry]() -> Result<bool> { return needed(entry); },
                      .carry_out = [this, &entry = entry] { return copy(entry); }});
    DMS_CHECK(run_.all(jobs));
    if (options_.extra == TransferOptions::Extra::remove && !run_.has_failures())
      DMS_CHECK(run_.all(removals(here)));
    return run_.take();
  }

 private:
  Status look_there() {
    auto there = list_place(target_, to_, options_.names);
    if (there) {
      there_ = *std::move(there);
      return ok();
    }
    if (there.error().service_code != "ContainerNotFound") return std::move(there).error();
    if (options_.run == TransferOptions::Run::dry) return ok();
    DMS_CHECK(target_.create_container(to_.container));
    return ok();
  }

  bool needed(const RemoteEntry& entry) const {
    const auto found = there_.find(entry.name);
    if (found == there_.end() || options_.existing == Existing::replace) return true;
    return options_.existing != Existing::keep && !is_unchanged(entry, found->second);
  }

  Status copy(const RemoteEntry& entry) {
    DMS_TRY(const auto url, source_.readable_url(from_.container, entry.blob));
    const auto overwrite = options_.existing == Existing::keep ? Overwrite::no : Overwrite::yes;
    const auto name = prefix_ + entry.blob.substr(prefix_of(from_).size());
    DMS_CHECK(target_.copy_blob(to_.container, name, url, {.overwrite = overwrite}));
    if (options_.meter) options_.meter->moved_bytes += entry.size_bytes;
    return ok();
  }

  std::vector<TransferJob> removals(const Entries& here) const {
    std::vector<TransferJob> jobs;
    for (const auto& [name, entry] : there_)
      if (!here.contains(name)) jobs.push_back(removal(target_, to_.container, entry));
    return jobs;
  }

  AzureBlob& source_;
  const BlobPlace& from_;
  AzureBlob& target_;
  const BlobPlace& to_;
  const std::string prefix_;
  const TransferOptions& options_;
  TransferRun run_;
  Entries there_;
};

}  // namespace

Result<TransferSummary> copy_directory(AzureBlob& source, const BlobPlace& from, AzureBlob& target,
                                       const BlobPlace& to, const TransferOptions& options,
                                       const std::stop_token& stop) {
  return DirectoryCopy(source, from, target, to, options, stop).run();
}

Result<TransferSummary> delete_directory(AzureBlob& blobs, const BlobPlace& place,
                                         const TransferOptions& options,
                                         const std::stop_token& stop) {
  DMS_TRY(const Entries entries, list_source(blobs, place, options.names));
  std::vector<TransferJob> jobs;
  for (const auto& [name, entry] : entries) jobs.push_back(removal(blobs, place.container, entry));
  TransferRun run(options, stop);
  DMS_CHECK(run.all(jobs));
  return run.take();
}

}  // namespace dms::blob
