// The files of a node's directory tree, as the service lists and serves them.
//
// Nothing outside the given root is ever opened: names with "..", absolute names and links that
// lead out are refused. Stateless.
#pragma once

#include <filesystem>

#include "service/router.h"

namespace dms::service {

// Where a root's files are found at: "<base>/jobs/j/tasks/t" for URLs.
struct FileRoot {
  std::filesystem::path directory;
  std::string url;  // of the root's owner; files are at <url>/files/<encoded name>
};

// A page of the files of a root: directories before their contents, `recursive` and
// startswith(name) as in the REST reference.
Result<Reply> list_files(const Call& call, const FileRoot& root, std::string_view base_url);
// A file's content, all of it or the slice that ocp-range names.
// Errors: batch_error FileNotFound, InvalidRange, InvalidUri, ConditionNotMet.
Result<Reply> get_file(const Call& call, const FileRoot& root, const std::string& name);
// The headers that describe it.
Result<Reply> get_file_properties(const Call& call, const FileRoot& root, const std::string& name);
// Removes a file, a link or an empty directory; with recursive=true a directory and what it holds.
// Nothing outside the root is touched, nor the root itself and the agent's own directory
// ("volatile") of a node. Errors: batch_error FileNotFound, InvalidUri, Forbidden,
// OperationInvalidForCurrentState for a directory that is not empty.
enum class RootOf { task, node };
Result<Reply> delete_file(const Call& call, const FileRoot& root, RootOf owner,
                          const std::string& name);

}  // namespace dms::service
