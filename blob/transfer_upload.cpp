// upload_directory.
#include <memory>
#include <set>

#include "blob/content_md5.h"
#include "blob/local_tree.h"
#include "blob/remote_tree.h"
#include "blob/transfer_run.h"
#include "core/crypto.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

using What = TransferStep::What;
using Existing = TransferOptions::Existing;
using Entries = std::map<std::string, RemoteEntry>;

class DirectoryUpload {
 public:
  DirectoryUpload(const fs::path& directory, AzureBlob& blobs, const BlobPlace& to,
                  const TransferOptions& options, const std::stop_token& stop)
      : directory_(directory),
        blobs_(blobs),
        to_(to),
        prefix_(prefix_of(to)),
        options_(options),
        budget_(options.budget_bytes),
        run_(options, stop) {}

  Result<TransferSummary> run() {
    std::vector<TransferJob> jobs;
    DMS_CHECK(walk(directory_, options_.names, [&](LocalEntry&& entry) {
      add(jobs, std::move(entry));
      return ok();
    }));
    DMS_CHECK(look_there());
    DMS_CHECK(run_.all(jobs));
    if (options_.extra == TransferOptions::Extra::remove && !run_.has_failures())
      DMS_CHECK(run_.all(removals()));
    return run_.take();
  }

 private:
  void add(std::vector<TransferJob>& jobs, LocalEntry&& entry) {
    here_.insert(entry.name);
    if (entry.kind == EntryKind::other)
      return run_.fail_with(entry.name,
                            fail(Code::invalid_argument, "it is neither file, directory nor link"));
    // The service would take it for another name.
    if (entry.name.find('\\') != std::string::npos)
      return run_.fail_with(entry.name,
                            fail(Code::invalid_argument, "a blob's name cannot hold a backslash"));
    TransferJob job{.step = {What::upload, entry.name, entry.size_bytes}};
    auto shared = std::make_shared<const LocalEntry>(std::move(entry));
    job.needed = [this, shared] { return needed(*shared); };
    job.carry_out = [this, shared] { return carry_out(*shared); };
    jobs.push_back(std::move(job));
  }

  Status look_there() {
    const bool replaces_all =
        options_.existing == Existing::replace && options_.extra == TransferOptions::Extra::keep;
    if (replaces_all) return ok();
    auto there = list_place(blobs_, to_, options_.names);
    if (there) {
      there_ = *std::move(there);
      return ok();
    }
    if (there.error().service_code != "ContainerNotFound") return std::move(there).error();
    if (options_.run == TransferOptions::Run::dry) return ok();
    DMS_CHECK(blobs_.create_container(to_.container));
    return ok();
  }

  Result<bool> needed(const LocalEntry& entry) const {
    const auto found = there_.find(entry.name);
    if (found == there_.end() || options_.existing == Existing::replace) return true;
    if (options_.existing == Existing::keep) return false;
    const RemoteEntry& there = found->second;
    if (there.kind != entry.kind) return true;
    if (there.mode && *there.mode != entry.mode) return true;
    if (entry.kind == EntryKind::folder) return false;
    if (entry.kind == EntryKind::link) return there.md5 != base64_encode(md5_raw(entry.target));
    if (there.size_bytes != entry.size_bytes) return true;
    DMS_TRY(const auto md5, file_md5((directory_ / entry.name).string()));
    return there.md5 != md5;
  }

  Status carry_out(const LocalEntry& entry) {
    UploadOptions how{
        .overwrite = options_.existing == Existing::keep ? Overwrite::no : Overwrite::yes,
        .metadata = metadata_of(entry),
        .single_put_bytes = 16 * mebibyte,
        .budget = &budget_,
        .meter = options_.meter};
    const std::string name = prefix_ + entry.name;
    if (entry.kind == EntryKind::file) {
      DMS_CHECK(blobs_.upload_file_to_container(to_.container, name, directory_ / entry.name, how));
    } else {
      DMS_CHECK(blobs_.upload_blob(to_.container, name, std::string_view(entry.target), how));
    }
    return ok();
  }

  std::vector<TransferJob> removals() {
    std::vector<TransferJob> jobs;
    for (const auto& [name, entry] : there_)
      if (!here_.contains(name))
        jobs.push_back({.step = {What::remove, name, entry.size_bytes},
                        .carry_out = [this, &entry = entry] { return remove(entry.blob); }});
    return jobs;
  }

  Status remove(const std::string& blob) {
    auto removed = blobs_.delete_blob(to_.container, blob);
    return !removed && removed.error().code == Code::not_found ? ok() : std::move(removed);
  }

  const fs::path& directory_;
  AzureBlob& blobs_;
  const BlobPlace& to_;
  const std::string prefix_;
  const TransferOptions& options_;
  ByteBudget budget_;
  TransferRun run_;
  std::set<std::string> here_;
  Entries there_;
};

}  // namespace

Result<TransferSummary> upload_directory(const fs::path& directory, AzureBlob& blobs,
                                         const BlobPlace& to, const TransferOptions& options,
                                         const std::stop_token& stop) {
  return DirectoryUpload(directory, blobs, to, options, stop).run();
}

}  // namespace dms::blob
