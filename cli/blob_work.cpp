#include "cli/blob_work.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>

#include "cli/blob_places.h"
#include "cli/terminal.h"
#include "cli/transfer_report.h"

namespace dms::cli {
namespace {

namespace fs = std::filesystem;

using blob::BlobPlace;
using blob::TransferOptions;
using blob::TransferSummary;

using Move = std::function<Result<TransferSummary>(const TransferOptions&)>;

// Shows the transfer while it goes on, and what became of it.
Status show_transfer(const BlobJob& job, const Move& move) {
  blob::TransferMeter meter;
  TransferOptions options = job.arguments.options();
  options.meter = &meter;
  if (job.arguments.dry_run && !job.invocation.json)
    options.told = [](const blob::TransferStep& step) { fmt::print("{}\n", step_line(step)); };
  const StreamKind kind = job.arguments.dry_run ? StreamKind::plain : kind_of(stderr);
  Terminal terminal(stderr, kind, job.invocation.clock);
  auto summary = [&] {
    const TransferProgress progress(terminal, kind, meter, job.invocation.clock);
    return move(options);
  }();
  if (!summary) return std::move(summary).error();
  if (job.invocation.json)
    fmt::print("{}\n", summary_json(*summary, meter));
  else
    for (const auto& line : summary_lines(*summary)) fmt::print("{}\n", line);
  if (job.arguments.no_md5_check)
    fmt::print(stderr, "what was downloaded was not held against its Content-MD5\n");
  if (summary->failures.empty()) return ok();
  Error first = summary->failures.front().error;
  return std::move(first).context(fmt::format(
      "{} of the files failed; the same command again does the rest, the first was '{}'",
      summary->failures.size(), summary->failures.front().name));
}

// A transfer of the one file, told like one of many.
Result<TransferSummary> move_one(blob::TransferStep step, const TransferOptions& options,
                                 const std::function<Status()>& move) {
  options.meter->expected_bytes = step.size_bytes;
  TransferSummary summary{.files = 1, .bytes = step.size_bytes};
  if (options.told) options.told(step);
  if (options.run == TransferOptions::Run::dry) return summary;
  ++options.meter->files_in_flight;
  DMS_CHECK(move());
  return summary;
}

// Empty folders are kept as blobs of this metadata, see blob/transfer.h.
bool is_folder(const blob::BlobItem& item) { return item.metadata.contains("hdi_isfolder"); }

// The blob that the place names, or nothing when there is none.
Result<std::optional<blob::BlobItem>> blob_at(const BlobJob& job, const BlobPlace& place) {
  if (!may_be_blob(place)) return std::optional<blob::BlobItem>{};
  auto item = job.storage().get_blob_properties(place.container, place.prefix);
  if (item) return std::optional(*std::move(item));
  if (item.error().code == Code::not_found) return std::optional<blob::BlobItem>{};
  return std::move(item).error();
}

// The same, and nothing for a folder.
Result<std::optional<blob::BlobItem>> single_blob(const BlobJob& job, const BlobPlace& place) {
  DMS_TRY(auto item, blob_at(job, place));
  if (item && is_folder(*item)) item.reset();
  return item;
}

fs::path file_for(const BlobPlace& place, const fs::path& to) {
  std::error_code ignored;
  const bool into = fs::is_directory(to, ignored) || !to.has_filename();
  return into ? to / fs::path(place.prefix).filename() : to;
}

// Asks on the terminal. Errors: invalid_argument where there is none.
Result<bool> confirm(const std::string& question) {
  if (!::isatty(STDIN_FILENO))
    return fail(Code::invalid_argument,
                "deleting a folder wants --yes when nobody can be asked; --dry-run shows what");
  fmt::print(stderr, "{} [y/N] ", question);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

// Whether the user wants all of the folder deleted, asked with how much it is.
Result<bool> may_delete(const BlobJob& job, const BlobPlace& place) {
  if (job.arguments.yes || job.arguments.dry_run) return true;
  TransferOptions options = job.arguments.options();
  options.run = TransferOptions::Run::dry;
  DMS_TRY(const auto found, blob::delete_directory(job.storage(), place, options, job.stop));
  return confirm(
      fmt::format("delete {} blobs in {}/{}?", found.removed, place.container, place.prefix));
}

}  // namespace

Status upload_blobs(const BlobJob& job) {
  const fs::path from = job.arguments.from;
  DMS_TRY(const BlobPlace to, parse_blob_place(job.arguments.to));
  return show_transfer(job, [&](const TransferOptions& options) -> Result<TransferSummary> {
    std::error_code problem;
    if (fs::is_directory(from, problem))
      return blob::upload_directory(from, job.storage(), to, options, job.stop);
    const std::uint64_t size = fs::file_size(from, problem);
    if (problem) return fail_errno("reading " + from.string(), problem.value());
    const std::string name = may_be_blob(to) ? to.prefix : to.prefix + from.filename().string();
    return move_one({blob::TransferStep::What::upload, name, size}, options, [&]() -> Status {
      DMS_CHECK(job.storage().upload_file_to_container(
          to.container, name, from,
          {.overwrite = job.arguments.keep ? blob::Overwrite::no : blob::Overwrite::yes,
           .single_put_bytes = 16 * blob::mebibyte,
           .meter = options.meter}));
      return ok();
    });
  });
}

Status download_blobs(const BlobJob& job) {
  DMS_TRY(const BlobPlace from, parse_blob_place(job.arguments.from));
  const fs::path to = job.arguments.to;
  return show_transfer(job, [&](const TransferOptions& options) -> Result<TransferSummary> {
    DMS_TRY(const auto single, single_blob(job, from));
    if (!single) return blob::download_directory(job.storage(), from, to, options, job.stop);
    const fs::path file = file_for(from, to);
    std::error_code ignored;
    if (job.arguments.keep && fs::exists(fs::symlink_status(file, ignored)))
      return fail(Code::already_exists,
                  fmt::format("{} is there, and --keep keeps it", file.string()));
    return move_one(
        {blob::TransferStep::What::download, from.prefix, single->properties.content_length},
        options, [&] {
          return job.storage().download_blob(
              from.container, from.prefix, file,
              {.content_md5 = options.content_md5, .meter = options.meter});
        });
  });
}

Status sync_blobs(const BlobJob& job) {
  const BlobArguments& arguments = job.arguments;
  if (is_blob_place(arguments.from) == is_blob_place(arguments.to))
    return fail(Code::invalid_argument,
                "one of the two is a directory here, the other one blob:CONTAINER/PREFIX");
  const bool up = is_blob_place(arguments.to);
  DMS_TRY(const BlobPlace place, parse_blob_place(up ? arguments.to : arguments.from));
  return show_transfer(job, [&](const TransferOptions& options) {
    return up ? blob::upload_directory(arguments.from, job.storage(), place, options, job.stop)
              : blob::download_directory(job.storage(), place, arguments.to, options, job.stop);
  });
}

Status copy_blobs(const BlobJob& job) {
  DMS_TRY(const BlobPlace from, parse_blob_place(job.arguments.from));
  DMS_TRY(const BlobPlace to, parse_blob_place(job.arguments.to));
  std::optional<Connection> other;
  if (!job.arguments.source_config.empty()) {
    Invocation invocation = job.invocation;
    invocation.config_file = job.arguments.source_config;
    DMS_TRY(other, connect(invocation, Accounts::storage, job.stop));
  }
  blob::AzureBlob& source = other ? **other->blob : job.storage();
  return show_transfer(job, [&](const TransferOptions& options) -> Result<TransferSummary> {
    DMS_TRY(const auto single, may_be_blob(from) ? source.exists_blob(from.container, from.prefix)
                                                 : Result<bool>(false));
    if (!single) return blob::copy_directory(source, from, job.storage(), to, options, job.stop);
    const fs::path file = fs::path(from.prefix).filename();
    const std::string name = may_be_blob(to) ? to.prefix : to.prefix + file.string();
    return move_one({blob::TransferStep::What::copy, name}, options, [&]() -> Status {
      DMS_TRY(const auto url, source.readable_url(from.container, from.prefix));
      DMS_CHECK(job.storage().copy_blob(to.container, name, url));
      return ok();
    });
  });
}

Status delete_blobs(const BlobJob& job) {
  DMS_TRY(const BlobPlace place, parse_blob_place(job.arguments.from));
  DMS_TRY(const auto single, blob_at(job, place));
  if (single && !is_folder(*single)) {
    if (job.arguments.dry_run) {
      fmt::print("would remove {}\n", place.prefix);
      return ok();
    }
    DMS_CHECK(job.storage().delete_blob(place.container, place.prefix));
    fmt::print("{}/{} is deleted\n", place.container, place.prefix);
    return ok();
  }
  DMS_TRY(const bool yes, may_delete(job, place));
  if (!yes) return fail(Code::cancelled, "nothing was deleted");
  return show_transfer(job, [&](const TransferOptions& options) -> Result<TransferSummary> {
    DMS_TRY(auto summary, blob::delete_directory(job.storage(), place, options, job.stop));
    // The folder's own blob stands beside what is below it.
    if (!single || job.arguments.dry_run) return summary;
    DMS_CHECK(job.storage().delete_blob(place.container, place.prefix));
    ++summary.removed;
    return summary;
  });
}

}  // namespace dms::cli
