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
      summary->failures.size(), printable_line(summary->failures.front().name)));
}

// The blob that the place names, or nothing when there is none or it stands for a folder.
Result<std::optional<blob::BlobItem>> single_blob(blob::AzureBlob& blobs, const BlobPlace& place) {
  if (!may_be_blob(place)) return std::optional<blob::BlobItem>{};
  auto item = blobs.get_blob_properties(place.container, place.prefix);
  if (!item && item.error().code != Code::not_found) return std::move(item).error();
  if (!item || blob::stands_for_folder(*item)) return std::optional<blob::BlobItem>{};
  return std::optional(*std::move(item));
}

std::string last_part(const std::string& name) { return name.substr(name.rfind('/') + 1); }

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

Result<TransferSummary> delete_one(const BlobJob& job, const BlobPlace& place,
                                   std::uint64_t size_bytes, const TransferOptions& options) {
  const std::string name = last_part(place.prefix);
  if (!options.names.takes(name)) return TransferSummary{};
  if (options.told) options.told({blob::TransferStep::What::remove, name, size_bytes});
  if (options.run == TransferOptions::Run::real)
    DMS_CHECK(job.storage().delete_blob(place.container, place.prefix));
  return TransferSummary{.removed = 1};
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
  DMS_TRY(BlobPlace to, parse_blob_place(job.arguments.to));
  std::error_code missing;
  if (fs::is_directory(from, missing))
    return show_transfer(job, [&](const TransferOptions& options) {
      return blob::upload_directory(from, job.storage(), to, options, job.stop);
    });
  if (!may_be_blob(to)) to.prefix += from.filename().string();
  return show_transfer(job, [&](const TransferOptions& options) {
    return blob::upload_file(from, job.storage(), to, options, job.stop);
  });
}

Status download_blobs(const BlobJob& job) {
  DMS_TRY(const BlobPlace from, parse_blob_place(job.arguments.from));
  const fs::path to = job.arguments.to;
  return show_transfer(job, [&](const TransferOptions& options) -> Result<TransferSummary> {
    DMS_TRY(auto single, single_blob(job.storage(), from));
    if (!single) return blob::download_directory(job.storage(), from, to, options, job.stop);
    return blob::download_file(job.storage(), from.container, *std::move(single),
                               file_for(from, to), options, job.stop);
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
    DMS_TRY(auto single, single_blob(source, from));
    if (!single) return blob::copy_directory(source, from, job.storage(), to, options, job.stop);
    BlobPlace place = to;
    if (!may_be_blob(to)) place.prefix += last_part(from.prefix);
    return blob::copy_one(source, from.container, *std::move(single), job.storage(), place, options,
                          job.stop);
  });
}

Status delete_blobs(const BlobJob& job) {
  DMS_TRY(const BlobPlace place, parse_blob_place(job.arguments.from));
  DMS_TRY(const auto single, single_blob(job.storage(), place));
  if (!single) {
    DMS_TRY(const bool yes, may_delete(job, place));
    if (!yes) return fail(Code::cancelled, "nothing was deleted");
  }
  return show_transfer(job, [&](const TransferOptions& options) -> Result<TransferSummary> {
    if (!single) return blob::delete_directory(job.storage(), place, options, job.stop);
    return delete_one(job, place, single->properties.content_length, options);
  });
}

}  // namespace dms::cli
