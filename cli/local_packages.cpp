#include "cli/local_packages.h"

#include "batch/errors.h"
#include "batch/rest.h"
#include "core/curl_transport.h"
#include "core/file.h"
#include "core/retry.h"
#include "core/signing.h"
#include "service/local_operations.h"

namespace dms::cli {

namespace op = service::op;

struct LocalPackages::Network {
  Network(SharedKey key, Clock& clock)
      : signing(curl, std::move(key), Protocol::batch, clock), retrying(signing, clock) {}
  CurlTransport curl;
  Signed signing;
  Retrying retrying;
};

namespace {

// "account.region.batch.azure.com", and the like of other clouds.
bool is_azure(const Url& endpoint) { return endpoint.host.find(".batch.") != std::string::npos; }

}  // namespace

Result<LocalPackages> LocalPackages::connect(const Config& config, Clock& clock) {
  DMS_TRY(Url endpoint, Url::parse(config.batch_account_url).context("_BATCH_ACCOUNT_URL"));
  if (config.auth_mode == AuthMode::aad || is_azure(endpoint))
    return fail(Code::invalid_argument,
                "application packages of " + config.batch_account_name +
                    " are managed by Azure; use: az batch application package create, "
                    "az batch application set --default-version");
  DMS_TRY(SharedKey key, SharedKey::parse(config.batch_account_name, config.batch_account_key)
                             .context("_BATCH_ACCOUNT_KEY"));
  return LocalPackages(std::move(endpoint), std::make_shared<Network>(std::move(key), clock));
}

Request LocalPackages::request(std::string_view method, const std::string& application,
                               const std::string& version) const {
  Request request{.method = std::string(method), .url = endpoint_};
  while (request.url.path.ends_with('/')) request.url.path.pop_back();
  request.url.path += "/applications/" + percent_encode(application);
  if (!version.empty()) request.url.path += "/versions/" + percent_encode(version);
  request.url.query = format_query({{"api-version", std::string(batch::api_version)}});
  return request;
}

Status LocalPackages::send(const Request& request, std::string_view name) {
  DMS_TRY(const Response response, network_->retrying.send(request));
  if (response.status / 100 == 2) return ok();
  return batch::error_of_response(response).context(name);
}

Status LocalPackages::put(const std::string& application, const std::string& version,
                          const std::string& zip) {
  DMS_TRY(FileSource source, FileSource::open(zip));
  Request upload = request(op::put_package.method, application, version);
  upload.headers.set("Content-Type", "application/zip");
  upload.source = &source;
  return send(upload, op::put_package.name);
}

Status LocalPackages::patch(const std::string& application,
                            const service::ApplicationPatch& patch) {
  Request change = request(op::patch_application.method, application, "");
  change.headers.set("Content-Type", "application/json; odata=minimalmetadata");
  change.body = encode(patch);
  return send(change, op::patch_application.name);
}

Status LocalPackages::remove(const std::string& application, const std::string& version) {
  const auto& row = version.empty() ? op::delete_application : op::delete_package;
  return send(request(row.method, application, version), row.name);
}

}  // namespace dms::cli
