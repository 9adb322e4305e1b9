#include "agent/uploads.h"

#include <fcntl.h>
#include <unistd.h>

#include "agent/file_pattern.h"
#include "blob/azure_blob.h"
#include "core/clock.h"
#include "core/fields.h"
#include "core/file.h"

namespace dms::agent {
namespace {

using batch::OutputFile;
using batch::OutputFileUploadCondition;

constexpr const char* out_log_name = "/fileuploadout.txt";
constexpr const char* error_log_name = "/fileuploaderr.txt";

// Adds a task's upload headers to the requests that make a blob; single blocks have no headers of
// their own.
class WithHeaders final : public Transport {
 public:
  WithHeaders(Transport& next, const std::vector<batch::NameValue>& headers)
      : next_(next), headers_(headers) {}

  Result<Response> send(const Request& request, std::stop_token stop) override {
    if (request.method != "PUT" || is_block(request.url)) return next_.send(request, stop);
    Request extended = request;
    for (const auto& [name, value] : headers_)
      if (!equal_ignoring_case(name, "Content-Type"))
        extended.headers.set(name, value.value_or(""));
    return next_.send(extended, stop);
  }

 private:
  static bool is_block(const Url& url) {
    for (const auto& [name, value] : parse_query(url.query))
      if (name == "comp" && value == "block") return true;
    return false;
  }

  Transport& next_;
  const std::vector<batch::NameValue>& headers_;
};

// The request's own Content-Type belongs to its body, which may be a list of blocks; as an upload
// header it means the blob's.
std::string content_type_of(const std::vector<batch::NameValue>& headers) {
  for (const auto& [name, value] : headers)
    if (equal_ignoring_case(name, "Content-Type") && value) return *value;
  return blob::UploadOptions{}.content_type;
}

struct PlannedFile {
  std::string path;
  std::string blob;
};

struct Plan {
  const OutputFile* file = nullptr;
  std::vector<PlannedFile> files;
};

// The two logs. That one cannot be written is no reason to keep the results back.
class UploadLog {
 public:
  explicit UploadLog(const std::string& task_directory)
      : out_(open(task_directory + out_log_name)), error_(open(task_directory + error_log_name)) {}

  void say(const std::string& line) { write(out_, line); }
  void complain(const std::string& line) { write(error_, line); }

 private:
  static UniqueFd open(const std::string& path) {
    auto file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
    return file ? *std::move(file) : UniqueFd();
  }

  static void write(const UniqueFd& fd, const std::string& line) {
    const std::string text = system_clock().now().iso8601() + " " + line + "\n";
    if (fd) static_cast<void>(write_all(fd.get(), text));
  }

  UniqueFd out_;
  UniqueFd error_;
};

class Uploader {
 public:
  Uploader(Transport& transport, const UploadPlace& place, std::stop_token stop)
      : transport_(transport),
        place_(place),
        directory_(place.task_directory + "/wd"),
        stop_(std::move(stop)) {}

  Failure upload(const std::vector<OutputFile>& files) {
    std::vector<Plan> plans;
    for (const auto& file : files) plans.push_back(plan(file));
    log_.emplace(place_.task_directory);
    for (const auto& plan : plans) carry_out(plan);
    return std::move(failure_);
  }

 private:
  Plan plan(const OutputFile& file) const {
    const FilePattern pattern(expand_variables(file.file_pattern, place_.environment));
    const std::string prefix =
        file.destination.container ? file.destination.container->path.value_or("") : "";
    Plan plan{&file, {}};
    for (auto& path : pattern.find_files(directory_, stop_)) {
      std::string blob = pattern.blob_name(path, prefix);
      plan.files.push_back({std::move(path), std::move(blob)});
    }
    return plan;
  }

  void carry_out(const Plan& plan) {
    const std::string& pattern = plan.file->file_pattern;
    if (plan.files.empty()) log_->complain("no file matches " + pattern);
    const auto& destination = plan.file->destination.container;
    if (!destination)
      return note(fail(Code::invalid_argument, pattern + " has no container to go to"), pattern,
                  "");
    const auto parsed = blob::parse_container_url(destination->container_url);
    if (!parsed) return note(parsed.error(), pattern, destination->container_url);
    WithHeaders transport(transport_, destination->upload_headers);
    blob::AzureBlob container(parsed->account, transport, system_clock(), stop_);
    const std::string content_type = content_type_of(destination->upload_headers);
    for (const auto& file : plan.files) {
      if (stop_.stop_requested()) return;
      send(container, parsed->container, file, content_type);
    }
  }

  void send(blob::AzureBlob& container, const std::string& name, const PlannedFile& file,
            const std::string& content_type) {
    const std::string url = container.blob_url(name, file.blob);
    const std::string path = file.path.starts_with('/') ? file.path : directory_ + "/" + file.path;
    auto source = FileSource::open(path);
    if (!source) return note(source.error(), file.path, url);
    const auto stamp =
        container.upload_blob(name, file.blob, *source, {.content_type = content_type});
    if (!stamp) return note(stamp.error(), file.path, url);
    log_->say("uploaded " + file.path + " (" + std::to_string(source->size()) + " bytes) to " +
              url);
  }

  void note(const Error& error, const std::string& path, const std::string& url) {
    const std::string destination = redact_url(url);
    log_->complain("uploading " + path + " to " + destination + " failed: " + error.message);
    if (failure_) return;
    failure_ =
        failure(transfer_failure_code(Transfer::upload, error),
                {{"FilePath", path}, {"Destination", destination}, {"Message", error.message}});
  }

  Transport& transport_;
  const UploadPlace& place_;
  const std::string directory_;
  const std::stop_token stop_;
  std::optional<UploadLog> log_;
  Failure failure_;
};

}  // namespace

std::vector<OutputFile> select_output_files(const std::vector<OutputFile>& files,
                                            CommandResult result) {
  const auto wanted = result == CommandResult::success ? OutputFileUploadCondition::task_success
                                                       : OutputFileUploadCondition::task_failure;
  std::vector<OutputFile> selected;
  for (const auto& file : files) {
    const auto condition = file.upload_options.upload_condition;
    if (condition == wanted || condition == OutputFileUploadCondition::task_completion)
      selected.push_back(file);
  }
  return selected;
}

Failure upload_files(Transport& transport, const std::vector<OutputFile>& files,
                     const UploadPlace& place, const std::stop_token& stop) {
  return Uploader(transport, place, stop).upload(files);
}

void remove_upload_logs(const std::string& task_directory) {
  ::unlink((task_directory + out_log_name).c_str());
  ::unlink((task_directory + error_log_name).c_str());
}

}  // namespace dms::agent
