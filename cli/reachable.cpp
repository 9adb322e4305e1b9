#include "cli/reachable.h"

#include "cli/executable.h"
#include "cli/local_service.h"

namespace dms::cli {

Result<Connection> connect_if_reachable(const Invocation& invocation) {
  if (!named_config(invocation.config_file) && !is_local_service_running(default_data_dir()))
    return fail(Code::unavailable, "no local service is running");
  DMS_TRY(Connection connection, connect(invocation, Accounts::both));
  const std::string& url = connection.config.batch_account_url;
  if (!answers_http(url)) return fail(Code::unavailable, url + " does not answer");
  return connection;
}

}  // namespace dms::cli
