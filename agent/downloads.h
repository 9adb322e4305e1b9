// Brings a task's resource files to its working directory.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "agent/failures.h"
#include "batch/wire_common.h"
#include "core/http.h"

namespace dms::agent {

// Fetches the files one after the other below `directory`, which exists, and gives each its file
// mode; a file that is there is replaced. Ends with the first failure, told by one of the service's
// codes with the source (without its signature), the path and the reason as details. A stop request
// makes it end soon, with a failure that means nothing.
//
// The files of an auto storage container cannot be fetched: which account is linked is known to the
// service, not to its nodes.
// Requires: `transport` follows redirects and retries.
Failure fetch_files(Transport& transport, const std::vector<batch::ResourceFile>& files,
                    const std::string& directory, const std::stop_token& stop);

}  // namespace dms::agent
