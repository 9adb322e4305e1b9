// upload_directory and upload_file.
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <set>

#include "blob/content_md5.h"
#include "blob/local_tree.h"
#include "blob/transfer_target.h"
#include "core/crypto.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

using What = TransferStep::What;
using Existing = TransferOptions::Existing;

class TreeUpload {
 public:
  // Of what is below `source`, or of the file `source` itself, to what begins with `prefix`.
  TreeUpload(const fs::path& source, AzureBlob& blobs, const BlobPlace& to, std::string prefix,
             const TransferOptions& options, const std::stop_token& stop)
      : source_(source),
        blobs_(blobs),
        to_(to),
        prefix_(std::move(prefix)),
        options_(options),
        budget_(options.budget_bytes),
        run_(options, stop),
        there_(blobs, to, options) {}

  Result<TransferSummary> directory() {
    std::vector<TransferJob> jobs;
    DMS_CHECK(
        walk(source_, options_.names,
             {.take = [&](LocalEntry&& entry) { add(jobs, std::move(entry)); },
              .fail = [&](std::string name,
                          Error error) { run_.fail_with(std::move(name), std::move(error)); }}));
    const bool removes = options_.extra == TransferOptions::Extra::remove;
    if (removes && here_.empty() && !run_.has_failures())
      return nothing_to_mirror(source_.string(), fmt::format("'{}/{}'", to_.container, to_.prefix));
    // Then nothing that is there matters.
    const bool replaces_all = options_.existing == Existing::replace && !removes;
    if (!replaces_all) DMS_CHECK(there_.look());
    DMS_CHECK(run_.all(jobs));
    if (removes && !run_.has_failures())
      DMS_CHECK(run_.all(there_.removals([&](const auto& name) { return here_.contains(name); })));
    return run_.take();
  }

  // Follows a link, which the user has named.
  Result<TransferSummary> file(std::string name) {
    struct stat info {};
    if (::stat(source_.c_str(), &info) != 0)
      return fail_errno("reading " + source_.string(), errno);
    if (!S_ISREG(info.st_mode))
      return fail(Code::invalid_argument, source_.string() + " is neither file nor directory");
    is_file_ = true;
    if (!options_.names.takes(name)) return run_.take();
    std::vector<TransferJob> jobs;
    add(jobs, {.name = std::move(name),
               .kind = EntryKind::file,
               .size_bytes = static_cast<std::uint64_t>(info.st_size),
               .mode = info.st_mode});
    if (!jobs.empty() && options_.existing != Existing::replace)
      DMS_CHECK(there_.look_at_blob(jobs.front().step.name));
    DMS_CHECK(run_.all(jobs));
    return run_.take_single();
  }

 private:
  static Status check_name(std::string_view blob) {
    // The service would take it for another name.
    if (blob.find('\\') != blob.npos)
      return fail(Code::invalid_argument, "a blob's name cannot hold a backslash");
    return check_blob_name(blob);
  }

  void add(std::vector<TransferJob>& jobs, LocalEntry&& entry) {
    here_.insert(entry.name);
    if (entry.kind == EntryKind::other)
      return run_.fail_with(entry.name,
                            fail(Code::invalid_argument, "it is neither file, directory nor link"));
    if (auto good = check_name(prefix_ + entry.name); !good)
      return run_.fail_with(entry.name, std::move(good).error());
    TransferJob job{.step = {What::upload, entry.name, entry.size_bytes}};
    auto shared = std::make_shared<const LocalEntry>(std::move(entry));
    job.needed = [this, shared] { return needed(*shared); };
    job.carry_out = [this, shared] { return carry_out(*shared); };
    jobs.push_back(std::move(job));
  }

  fs::path path_of(const LocalEntry& entry) const {
    return is_file_ ? source_ : source_ / entry.name;
  }

  Result<bool> needed(const LocalEntry& entry) const {
    const RemoteEntry* found = there_.find(entry.name);
    if (!found || options_.existing == Existing::replace) return true;
    if (options_.existing == Existing::keep) return false;
    const RemoteEntry& there = *found;
    if (there.kind != entry.kind) return true;
    if (there.mode && *there.mode != entry.mode) return true;
    if (entry.kind == EntryKind::folder) return false;
    if (entry.kind == EntryKind::link) return there.md5 != base64_encode(md5_raw(entry.target));
    if (there.size_bytes != entry.size_bytes) return true;
    DMS_TRY(const auto md5, file_md5(path_of(entry).string()));
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
      DMS_CHECK(blobs_.upload_file_to_container(to_.container, name, path_of(entry), how));
    } else {
      DMS_CHECK(blobs_.upload_blob(to_.container, name, std::string_view(entry.target), how));
    }
    return ok();
  }

  const fs::path& source_;
  AzureBlob& blobs_;
  const BlobPlace& to_;
  const std::string prefix_;
  const TransferOptions& options_;
  ByteBudget budget_;
  TransferRun run_;
  bool is_file_ = false;
  std::set<std::string> here_;
  TransferTarget there_;
};

}  // namespace

Result<TransferSummary> upload_directory(const fs::path& directory, AzureBlob& blobs,
                                         const BlobPlace& to, const TransferOptions& options,
                                         const std::stop_token& stop) {
  return TreeUpload(directory, blobs, to, prefix_of(to), options, stop).directory();
}

Result<TransferSummary> upload_file(const fs::path& file, AzureBlob& blobs, const BlobPlace& to,
                                    const TransferOptions& options, const std::stop_token& stop) {
  auto [folder, name] = split_name(to.prefix);
  return TreeUpload(file, blobs, to, std::move(folder), options, stop).file(std::move(name));
}

}  // namespace dms::blob
