// copy_directory, copy_one, delete_directory: what the services do by themselves.
#include <fmt/format.h>

#include "blob/transfer_target.h"

namespace dms::blob {
namespace {

using What = TransferStep::What;
using Existing = TransferOptions::Existing;
using Entries = std::map<std::string, RemoteEntry>;

bool is_unchanged(const RemoteEntry& a, const RemoteEntry& b) {
  return a.size_bytes == b.size_bytes && a.md5 == b.md5 && !a.md5.empty() && a.mode == b.mode &&
         a.kind == b.kind;
}

// All that has to go with a folder. Errors: not_found when there is none.
Result<std::vector<RemoteEntry>> blobs_of_folder(AzureBlob& blobs, const BlobPlace& place,
                                                 const NameFilter& filter) {
  std::vector<RemoteEntry> entries;
  DMS_CHECK(list_blobs(blobs, place, filter, [&](RemoteEntry&& entry) {
    if (entry.name.empty()) entry.name = entry.blob;
    entries.push_back(std::move(entry));
  }));
  std::string own = prefix_of(place);
  if (own.empty() || !filter.takes_all()) return entries;
  own.pop_back();
  auto item = blobs.get_blob_properties(place.container, own);
  if (item && stands_for_folder(*item))
    entries.push_back(entry_of(own, *std::move(item)));
  else if (!item && item.error().code != Code::not_found)
    return std::move(item).error();
  else if (!item && entries.empty())
    return fail(Code::not_found, fmt::format("there is nothing in '{}/{}/'", place.container, own));
  return entries;
}

class TreeCopy {
 public:
  TreeCopy(AzureBlob& source, const BlobPlace& from, AzureBlob& target, const BlobPlace& to,
           const TransferOptions& options, const std::stop_token& stop)
      : source_(source),
        from_(from),
        target_(target),
        to_(to),
        options_(options),
        run_(options, stop),
        there_(target, to, options) {}

  Result<TransferSummary> directory() {
    DMS_TRY(const Entries here, list_source(source_, from_, options_.names));
    const bool removes = options_.extra == TransferOptions::Extra::remove;
    if (removes && here.empty())
      return nothing_to_mirror(fmt::format("'{}/{}'", from_.container, from_.prefix),
                               fmt::format("'{}/{}'", to_.container, to_.prefix));
    DMS_CHECK(there_.look());
    std::vector<TransferJob> jobs;
    for (const auto& [name, entry] : here)
      jobs.push_back(job_of(entry, prefix_of(to_) + entry.blob.substr(prefix_of(from_).size())));
    DMS_CHECK(run_.all(jobs));
    if (removes && !run_.has_failures())
      DMS_CHECK(run_.all(there_.removals([&](const auto& name) { return here.contains(name); })));
    return run_.take();
  }

  Result<TransferSummary> one(BlobItem blob) {
    const RemoteEntry entry = entry_of(split_name(blob.name).second, std::move(blob));
    if (!options_.names.takes(entry.name)) return run_.take();
    DMS_CHECK(there_.look_at_blob(entry.name));
    DMS_CHECK(run_.all({job_of(entry, to_.prefix)}));
    return run_.take_single();
  }

 private:
  TransferJob job_of(const RemoteEntry& entry, std::string name) {
    return {.step = {What::copy, entry.name, entry.size_bytes},
            .needed = [this, &entry]() -> Result<bool> { return needed(entry); },
            .carry_out = [this, &entry, name = std::move(name)] { return copy(entry, name); }};
  }

  bool needed(const RemoteEntry& entry) const {
    const RemoteEntry* there = there_.find(entry.name);
    if (!there || options_.existing == Existing::replace) return true;
    return options_.existing != Existing::keep && !is_unchanged(entry, *there);
  }

  Status copy(const RemoteEntry& entry, const std::string& name) {
    DMS_TRY(const auto url, source_.readable_url(from_.container, entry.blob));
    const auto overwrite = options_.existing == Existing::keep ? Overwrite::no : Overwrite::yes;
    DMS_CHECK(target_.copy_blob(to_.container, name, url, {.overwrite = overwrite}));
    if (options_.meter) options_.meter->moved_bytes += entry.size_bytes;
    return ok();
  }

  AzureBlob& source_;
  const BlobPlace& from_;
  AzureBlob& target_;
  const BlobPlace& to_;
  const TransferOptions& options_;
  TransferRun run_;
  TransferTarget there_;
};

}  // namespace

Result<TransferSummary> copy_directory(AzureBlob& source, const BlobPlace& from, AzureBlob& target,
                                       const BlobPlace& to, const TransferOptions& options,
                                       const std::stop_token& stop) {
  return TreeCopy(source, from, target, to, options, stop).directory();
}

Result<TransferSummary> copy_one(AzureBlob& source, const std::string& container, BlobItem blob,
                                 AzureBlob& target, const BlobPlace& to,
                                 const TransferOptions& options, const std::stop_token& stop) {
  const BlobPlace from{.container = container, .prefix = blob.name};
  return TreeCopy(source, from, target, to, options, stop).one(std::move(blob));
}

Result<TransferSummary> delete_directory(AzureBlob& blobs, const BlobPlace& place,
                                         const TransferOptions& options,
                                         const std::stop_token& stop) {
  DMS_TRY(const auto entries, blobs_of_folder(blobs, place, options.names));
  std::vector<TransferJob> jobs;
  for (const RemoteEntry& entry : entries) jobs.push_back(removal(blobs, place.container, entry));
  TransferRun run(options, stop);
  DMS_CHECK(run.all(jobs));
  return run.take();
}

}  // namespace dms::blob
