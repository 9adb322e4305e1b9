// Parts that several Batch objects share.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/fields.h"

namespace dms::batch {

struct NameValue {
  std::string name;
  std::optional<std::string> value;
  bool operator==(const NameValue&) const = default;
  template <class S = NameValue>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name), field("value", &S::value)};
  }
};

using EnvironmentSetting = NameValue;
using MetadataItem = NameValue;

enum class ElevationLevel { nonadmin, admin };
constexpr auto words(ElevationLevel) {
  return std::array{word(ElevationLevel::nonadmin, "nonadmin"),
                    word(ElevationLevel::admin, "admin")};
}

enum class AutoUserScope { task, pool };
constexpr auto words(AutoUserScope) {
  return std::array{word(AutoUserScope::task, "task"), word(AutoUserScope::pool, "pool")};
}

struct AutoUser {
  std::optional<AutoUserScope> scope;
  std::optional<ElevationLevel> elevation_level;
  bool operator==(const AutoUser&) const = default;
  template <class S = AutoUser>
  static constexpr auto fields() {
    return std::tuple{field("scope", &S::scope), field("elevationLevel", &S::elevation_level)};
  }
};

struct UserIdentity {
  std::optional<std::string> username;
  std::optional<AutoUser> auto_user;
  bool operator==(const UserIdentity&) const = default;
  template <class S = UserIdentity>
  static constexpr auto fields() {
    return std::tuple{field("username", &S::username), field("autoUser", &S::auto_user)};
  }
};

// A managed identity of the pool that stands in for a SAS or a password.
struct IdentityReference {
  std::optional<std::string> resource_id;
  bool operator==(const IdentityReference&) const = default;
  template <class S = IdentityReference>
  static constexpr auto fields() {
    return std::tuple{field("resourceId", &S::resource_id)};
  }
};

// A file or a container's files that the node fetches before the command. Exactly one of the three
// sources is set.
struct ResourceFile {
  std::optional<std::string> http_url;
  std::optional<std::string> storage_container_url;
  std::optional<std::string> auto_storage_container_name;
  std::optional<std::string> blob_prefix;
  std::optional<std::string> file_path;  // below the task's working directory
  std::optional<std::string> file_mode;  // octal text, "0770" by default
  std::optional<IdentityReference> identity_reference;
  bool operator==(const ResourceFile&) const = default;
  template <class S = ResourceFile>
  static constexpr auto fields() {
    return std::tuple{field("autoStorageContainerName", &S::auto_storage_container_name),
                      field("storageContainerUrl", &S::storage_container_url),
                      field("httpUrl", &S::http_url),
                      field("blobPrefix", &S::blob_prefix),
                      field("filePath", &S::file_path),
                      field("fileMode", &S::file_mode),
                      field("identityReference", &S::identity_reference)};
  }
};

enum class OutputFileUploadCondition { task_completion, task_success, task_failure };
constexpr auto words(OutputFileUploadCondition) {
  return std::array{word(OutputFileUploadCondition::task_completion, "taskcompletion"),
                    word(OutputFileUploadCondition::task_success, "tasksuccess"),
                    word(OutputFileUploadCondition::task_failure, "taskfailure")};
}

struct OutputFileContainer {
  std::optional<std::string> path;  // blob name, or prefix when the pattern has wildcards
  std::string container_url;        // with a SAS that may write
  std::optional<IdentityReference> identity_reference;
  std::vector<NameValue> upload_headers;
  bool operator==(const OutputFileContainer&) const = default;
  template <class S = OutputFileContainer>
  static constexpr auto fields() {
    return std::tuple{field("path", &S::path), required("containerUrl", &S::container_url),
                      field("identityReference", &S::identity_reference),
                      field("uploadHeaders", &S::upload_headers)};
  }
};

struct OutputFileDestination {
  std::optional<OutputFileContainer> container;
  bool operator==(const OutputFileDestination&) const = default;
  template <class S = OutputFileDestination>
  static constexpr auto fields() {
    return std::tuple{field("container", &S::container)};
  }
};

struct OutputFileUploadOptions {
  OutputFileUploadCondition upload_condition = OutputFileUploadCondition::task_completion;
  bool operator==(const OutputFileUploadOptions&) const = default;
  template <class S = OutputFileUploadOptions>
  static constexpr auto fields() {
    return std::tuple{required("uploadCondition", &S::upload_condition)};
  }
};

// Files that the node uploads after the command, chosen by a pattern relative to the task's working
// directory: * within a name, ** across directories, ? and […]; ".." is allowed ("../stdout.txt").
struct OutputFile {
  std::string file_pattern;
  OutputFileDestination destination;
  OutputFileUploadOptions upload_options;
  bool operator==(const OutputFile&) const = default;
  template <class S = OutputFile>
  static constexpr auto fields() {
    return std::tuple{required("filePattern", &S::file_pattern),
                      required("destination", &S::destination),
                      required("uploadOptions", &S::upload_options)};
  }
};

struct ApplicationPackageReference {
  std::string application_id;
  std::optional<std::string> version;
  bool operator==(const ApplicationPackageReference&) const = default;
  template <class S = ApplicationPackageReference>
  static constexpr auto fields() {
    return std::tuple{required("applicationId", &S::application_id), field("version", &S::version)};
  }
};

enum class ErrorCategory { user_error, server_error };
constexpr auto words(ErrorCategory) {
  return std::array{word(ErrorCategory::user_error, "usererror"),
                    word(ErrorCategory::server_error, "servererror")};
}

// Why a task did not succeed. `code` is one of the service's failure codes ("FailureExitCode").
struct FailureInfo {
  ErrorCategory category = ErrorCategory::user_error;
  std::optional<std::string> code;
  std::optional<std::string> message;
  std::vector<NameValue> details;
  bool operator==(const FailureInfo&) const = default;
  template <class S = FailureInfo>
  static constexpr auto fields() {
    return std::tuple{required("category", &S::category), field("code", &S::code),
                      field("message", &S::message), field("details", &S::details)};
  }
};

// One page of a list; `next_link` is an absolute URL, followed as it stands, absent on the last
// page.
template <class T>
struct Page {
  std::vector<T> value;
  std::optional<std::string> next_link;
  template <class S = Page>
  static constexpr auto fields() {
    return std::tuple{required("value", &S::value), field("odata.nextLink", &S::next_link)};
  }
};

struct ErrorMessage {
  std::optional<std::string> lang;
  std::string value;
  bool operator==(const ErrorMessage&) const = default;
  template <class S = ErrorMessage>
  static constexpr auto fields() {
    return std::tuple{field("lang", &S::lang), field("value", &S::value)};
  }
};

struct ErrorDetail {
  std::string key;
  std::string value;
  bool operator==(const ErrorDetail&) const = default;
  template <class S = ErrorDetail>
  static constexpr auto fields() {
    return std::tuple{required("key", &S::key), required("value", &S::value)};
  }
};

// The body of every error answer (BatchError).
struct ErrorBody {
  std::string code;
  std::optional<ErrorMessage> message;
  std::vector<ErrorDetail> values;
  bool operator==(const ErrorBody&) const = default;
  template <class S = ErrorBody>
  static constexpr auto fields() {
    return std::tuple{required("code", &S::code), field("message", &S::message),
                      field("values", &S::values)};
  }
};

}  // namespace dms::batch
