// Azure's clouds: who signs in where, and for what.
//
// Source: the clouds' endpoints in "Azure Government and global Azure: API endpoints" and "Azure in
// China developer guide"; the Batch resources are those that the Azure CLI knows.
#pragma once

#include <string_view>

#include "core/http.h"

namespace dms {

struct Cloud {
  std::string_view domain;  // what an account's host ends in; empty for the public cloud
  std::string_view authority;
  std::string_view batch_resource;
  std::string_view management;  // the management plane's address, and its resource with a '/'
};

// The cloud of an account's address; the public one for any address that is no other's.
const Cloud& cloud_of(const Url& account);

// The same in all clouds.
inline constexpr std::string_view storage_resource = "https://storage.azure.com/";

}  // namespace dms
