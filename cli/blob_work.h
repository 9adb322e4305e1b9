// What the verbs of "dmsbatch blob" do, once the command line is read.
#pragma once

#include <stop_token>
#include <string>

#include "blob/transfer.h"
#include "cli/commands.h"
#include "cli/connection.h"

namespace dms::cli {

struct BlobArguments {
  std::string from, to;
  std::string source_config;
  blob::NameFilter names;
  bool dry_run = false, replace = false, keep = false, remove_extra = false, yes = false;
  bool flat = false, no_md5_check = false;
  int parallel = blob::TransferOptions{}.parallel;

  blob::TransferOptions options() const {
    blob::TransferOptions out{.names = names, .parallel = parallel};
    if (replace) out.existing = blob::TransferOptions::Existing::replace;
    if (keep) out.existing = blob::TransferOptions::Existing::keep;
    if (remove_extra) out.extra = blob::TransferOptions::Extra::remove;
    if (no_md5_check) out.content_md5 = blob::ContentMd5::ignored;
    if (dry_run) out.run = blob::TransferOptions::Run::dry;
    return out;
  }
};

// One command under way: what it was asked, and what it works with. All of it outlives the job.
struct BlobJob {
  const BlobArguments& arguments;
  const Invocation& invocation;
  Connection& connection;
  const std::stop_token& stop;

  blob::AzureBlob& storage() const { return **connection.blob; }
};

// Each shows the transfer on the terminal while it goes on, and what became of it. Errors, besides
// those of the transfer: the first failure of a file.
Status upload_blobs(const BlobJob& job);
Status download_blobs(const BlobJob& job);
Status sync_blobs(const BlobJob& job);
Status copy_blobs(const BlobJob& job);
// Asks before it deletes a folder, unless --yes was given.
Status delete_blobs(const BlobJob& job);
// Containers, or one level of a container, or all below with --flat.
Status list_blobs(const BlobJob& job);

}  // namespace dms::cli
