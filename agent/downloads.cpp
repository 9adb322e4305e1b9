#include "agent/downloads.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <utility>

#include "agent/paths.h"
#include "blob/azure_blob.h"
#include "blob/errors.h"
#include "core/file.h"

namespace dms::agent {
namespace {

using batch::ResourceFile;

// An answer's body as a file. Keeps its own failure, which a transport passes on as any other.
class FileSink final : public BodySink {
 public:
  explicit FileSink(UniqueFd fd) : fd_(std::move(fd)) {}

  Status begin(int, const Headers&) override {
    if (::lseek(fd_.get(), 0, SEEK_SET) == 0 && ::ftruncate(fd_.get(), 0) == 0) return ok();
    return keep(fail_errno("emptying the file", errno));
  }

  Status write(std::span<const char> bytes) override {
    if (Status written = write_all(fd_.get(), {bytes.data(), bytes.size()}); !written)
      return keep(written.error());
    return ok();
  }

  int fd() const { return fd_.get(); }
  const std::optional<Error>& failure() const { return failure_; }

 private:
  Error keep(Error error) {
    failure_ = error;
    return error;
  }

  UniqueFd fd_;
  std::optional<Error> failure_;
};

Result<mode_t> parse_mode(const std::optional<std::string>& text) {
  if (!text || text->empty()) return mode_t{0770};
  unsigned mode = 0;
  const char* const end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, mode, 8);
  if (parsed.ec != std::errc{} || parsed.ptr != end || mode > 07777)
    return fail(Code::invalid_argument, "the file mode '" + *text + "' is not an octal number");
  return static_cast<mode_t>(mode);
}

// The error of an answer that is not a success.
Error error_of(const Response& response) {
  const std::string_view word = response.headers.get("x-ms-error-code");
  Error error = fail(blob::code_of_answer(response.status, word),
                     "the server answered " + std::to_string(response.status));
  error.http_status = response.status;
  error.service_code = word;
  if (!word.empty()) error.message += " " + error.service_code;
  return error;
}

// Whether an error of a blob download came from the disk.
bool is_local(const Error& error) {
  return error.http_status == 0 && error.code != Code::unavailable && error.code != Code::timeout &&
         error.code != Code::corrupt;
}

class Fetcher {
 public:
  Fetcher(Transport& transport, const std::string& directory, std::stop_token stop)
      : transport_(transport), directory_(directory), stop_(std::move(stop)) {}

  Failure fetch(const ResourceFile& file) {
    const auto mode = parse_mode(file.file_mode);
    if (!mode) return failed("ResourceFileCreateFailed", mode.error(), "", file.file_path);
    if (file.http_url) return fetch_url(*file.http_url, file.file_path.value_or(""), *mode);
    if (file.storage_container_url) return fetch_container(file, *mode);
    return failed("ResourceContainerNotFound",
                  fail(Code::not_found,
                       "no auto storage account is known to the nodes; give a "
                       "storageContainerUrl with a SAS instead"),
                  file.auto_storage_container_name.value_or(""), std::nullopt);
  }

 private:
  static Failure failed(std::string_view code, const Error& error, std::string_view source,
                        const std::optional<std::string>& path) {
    return failure(
        code, {{"BlobSource", redact_url(source)}, {"FilePath", path}, {"Message", error.message}});
  }

  // Where a file goes, its directory made.
  Failure place(std::string_view source, const std::string& path, std::string& target) {
    const auto parts = parts_below(path);
    if (!parts) return failed("ResourceFileCreateFailed", parts.error(), source, path);
    target = directory_;
    for (const auto& part : *parts) target += "/" + part;
    const Status made = make_directories(directory_of(target));
    if (made) return std::nullopt;
    return failed(disk_failure_code(made.error(), "ResourceDirectoryCreateFailed"), made.error(),
                  source, path);
  }

  Failure fetch_url(const std::string& text, const std::string& path, mode_t mode) {
    const auto url = Url::parse(text);
    if (!url) return failed("BlobDownloadMiscError", url.error(), text, path);
    std::string target;
    if (Failure failure = place(text, path, target)) return failure;
    auto file = open_file(target, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (!file)
      return failed(disk_failure_code(file.error(), "ResourceFileCreateFailed"), file.error(), text,
                    path);
    FileSink sink(*std::move(file));
    if (Failure failure = get(*url, sink, path)) {
      ::unlink(target.c_str());
      return failure;
    }
    ::fchmod(sink.fd(), mode);
    return std::nullopt;
  }

  Failure get(const Url& url, FileSink& sink, const std::string& path) {
    Request request;
    request.url = url;
    request.sink = &sink;
    const auto response = transport_.send(request, stop_);
    const std::string source = url.to_string();
    if (sink.failure())
      return failed(disk_failure_code(*sink.failure(), "ResourceFileWriteFailed"), *sink.failure(),
                    source, path);
    if (response && response->status >= 200 && response->status < 300) return std::nullopt;
    const Error error = response ? error_of(*response) : response.error();
    return failed(transfer_failure_code(Transfer::download, error), error, source, path);
  }

  Failure fetch_container(const ResourceFile& file, mode_t mode) {
    const std::string& source = *file.storage_container_url;
    const auto parsed = blob::parse_container_url(source);
    if (!parsed)
      return failed("ResourceContainerListMiscError", parsed.error(), source, file.file_path);
    blob::AzureBlob container(parsed->account, transport_, system_clock(), stop_);
    std::string below = file.file_path.value_or("");
    if (!below.empty() && !below.ends_with('/')) below += '/';
    Failure failure;
    const Status listed = container.list_blobs_from_container(
        parsed->container, {.prefix = file.blob_prefix.value_or("")}, [&](blob::BlobList&& page) {
          for (const auto& item : page.blobs) {
            failure = fetch_blob(container, parsed->container, item.name, below + item.name, mode);
            // Any error ends the list; `failure` is what is told.
            if (failure) return Status(fail(Code::cancelled, "a blob could not be fetched"));
          }
          return ok();
        });
    if (failure || listed) return failure;
    return failed(transfer_failure_code(Transfer::list, listed.error()), listed.error(), source,
                  file.file_path);
  }

  Failure fetch_blob(blob::AzureBlob& container, const std::string& name, const std::string& blob,
                     const std::string& path, mode_t mode) {
    const std::string source = container.blob_url(name, blob);
    std::string target;
    if (Failure failure = place(source, path, target)) return failure;
    if (blob.ends_with('/')) return make_marked_directory(source, target);
    const Status downloaded = container.download_blob(name, blob, target);
    if (downloaded) {
      ::chmod(target.c_str(), mode);
      return std::nullopt;
    }
    const Error& error = downloaded.error();
    const std::string_view code = is_local(error)
                                      ? disk_failure_code(error, "ResourceFileWriteFailed")
                                      : transfer_failure_code(Transfer::download, error);
    return failed(code, error, source, path);
  }

  // A blob whose name ends with a slash marks a directory that may be empty.
  Failure make_marked_directory(const std::string& source, const std::string& target) {
    const Status made = make_directories(target);
    if (made) return std::nullopt;
    return failed(disk_failure_code(made.error(), "ResourceDirectoryCreateFailed"), made.error(),
                  source, target);
  }

  Transport& transport_;
  const std::string& directory_;
  const std::stop_token stop_;
};

}  // namespace

Failure fetch_files(Transport& transport, const std::vector<ResourceFile>& files,
                    const std::string& directory, const std::stop_token& stop) {
  Fetcher fetcher(transport, directory, stop);
  for (const auto& file : files)
    if (Failure failure = fetcher.fetch(file)) return failure;
  return std::nullopt;
}

}  // namespace dms::agent
