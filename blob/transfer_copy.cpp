// copy_directory, copy_one, delete_directory: what the services do by themselves.
#include <fmt/format.h>

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
        run_(options, stop) {}

  Result<TransferSummary> directory() {
    DMS_TRY(const Entries here, list_source(source_, from_, options_.names));
    const bool removes = options_.extra == TransferOptions::Extra::remove;
    if (removes && here.empty())
      return nothing_to_mirror(fmt::format("'{}/{}'", from_.container, from_.prefix),
                               fmt::format("'{}/{}'", to_.container, to_.prefix));
    DMS_CHECK(look_there());
    std::vector<TransferJob> jobs;
    for (const auto& [name, entry] : here)
      jobs.push_back(job_of(entry, prefix_of(to_) + entry.blob.substr(prefix_of(from_).size())));
    DMS_CHECK(run_.all(jobs));
    if (removes && !run_.has_failures()) DMS_CHECK(run_.all(removals(here)));
    return run_.take();
  }

  Result<TransferSummary> one(BlobItem blob) {
    const RemoteEntry entry = entry_of(split_name(blob.name).second, std::move(blob));
    if (!options_.names.takes(entry.name)) return run_.take();
    DMS_CHECK(look_at_blob(entry.name));
    DMS_CHECK(run_.all({job_of(entry, to_.prefix)}));
    return run_.take_single();
  }

 private:
  TransferJob job_of(const RemoteEntry& entry, std::string name) {
    return {.step = {What::copy, entry.name, entry.size_bytes},
            .needed = [this, &entry]() -> Result<bool> { return needed(entry); },
            .carry_out = [this, &entry, name = std::move(name)] { return copy(entry, name); }};
  }

  Status look_there() {
    auto there = list_place(target_, to_, options_.names);
    if (!there) return make_container(std::move(there).error());
    there_ = *std::move(there);
    return ok();
  }

  Status look_at_blob(const std::string& name) {
    auto there = target_.get_blob_properties(to_.container, to_.prefix);
    if (there)
      there_.emplace(name, entry_of(name, *std::move(there)));
    else if (there.error().service_code == "ContainerNotFound")
      return make_container(std::move(there).error());
    else if (there.error().code != Code::not_found)
      return std::move(there).error();
    return ok();
  }

  // Where the error is that it is missing.
  Status make_container(Error error) {
    if (error.service_code != "ContainerNotFound") return error;
    if (options_.run == TransferOptions::Run::dry) return ok();
    DMS_CHECK(target_.create_container(to_.container));
    return ok();
  }

  bool needed(const RemoteEntry& entry) const {
    const auto found = there_.find(entry.name);
    if (found == there_.end() || options_.existing == Existing::replace) return true;
    return options_.existing != Existing::keep && !is_unchanged(entry, found->second);
  }

  Status copy(const RemoteEntry& entry, const std::string& name) {
    DMS_TRY(const auto url, source_.readable_url(from_.container, entry.blob));
    const auto overwrite = options_.existing == Existing::keep ? Overwrite::no : Overwrite::yes;
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
  const TransferOptions& options_;
  TransferRun run_;
  Entries there_;
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
