#include "core/auth/cloud.h"

#include <algorithm>
#include <array>

namespace dms {
namespace {

constexpr std::array<Cloud, 3> clouds = {{
    {".usgovcloudapi.net", "https://login.microsoftonline.us",
     "https://batch.core.usgovcloudapi.net/", "https://management.usgovcloudapi.net"},
    {".chinacloudapi.cn", "https://login.chinacloudapi.cn", "https://batch.chinacloudapi.cn/",
     "https://management.chinacloudapi.cn"},
    {"", "https://login.microsoftonline.com", "https://batch.core.windows.net/",
     "https://management.azure.com"},
}};

}  // namespace

const Cloud& cloud_of(const Url& account) {
  return *std::find_if(clouds.begin(), clouds.end(),
                       [&](const Cloud& cloud) { return account.host.ends_with(cloud.domain); });
}

}  // namespace dms
