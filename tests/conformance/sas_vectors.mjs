// Writes tests/blob/sas_vectors.h: signatures that Microsoft's storage client makes, with times and
// keys that do not change. The unit tests hold our own against them.
//
//   node tests/conformance/sas_vectors.mjs >tests/blob/sas_vectors.h
import {
  AccountSASPermissions, AccountSASResourceTypes, AccountSASServices, BlobSASPermissions,
  ContainerSASPermissions, StorageSharedKeyCredential, generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
} from '@azure/storage-blob';

const account = 'devstoreaccount1';
const accountKey =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const credential = new StorageSharedKeyCredential(account, accountKey);
const delegationKey = {
  signedObjectId: '11111111-2222-3333-4444-555555555555',
  signedTenantId: '66666666-7777-8888-9999-aaaaaaaaaaaa',
  signedStartsOn: new Date('2029-12-30T00:00:00Z'),
  signedExpiresOn: new Date('2030-01-05T00:00:00Z'),
  signedService: 'b',
  signedVersion: '2021-12-02',
  value: Buffer.from('a delegation key of thirty-two b').toString('base64'),
};
const expiry = '2030-01-01T00:00:00Z';
const everything = {
  start: '2029-12-31T00:00:00Z', addresses: ['10.0.0.1', '10.0.0.9'], protocols: 'https,http',
  encryption_scope: 'scope1',
  answer: {
    content_type: 'text/csv', content_encoding: 'gzip', content_language: 'de',
    content_disposition: 'attachment; filename="a b.csv"', cache_control: 'no-cache',
  },
};

const cases = [
  ['a container', { container: 'cont1' }, { permissions: 'rwl' }],
  ['a container with everything', { container: 'cont1' }, { permissions: 'racwdl', ...everything }],
  ['a blob', { container: 'cont1', blob: 'blk' }, { permissions: 'r' }],
  ['a blob with everything', { container: 'cont1', blob: 'dir/ü a+b%.txt' },
    { permissions: 'racwd', ...everything }],
  ['a snapshot', { container: 'cont1', blob: 'blk', snapshot: '2029-01-02T03:04:05.1234567Z' },
    { permissions: 'r' }],
  ['a version of a blob', { container: 'cont1', blob: 'blk', version: '2029-01-02T03:04:05.7654321Z' },
    { permissions: 'r' }],
  ['one address', { container: 'cont1', blob: 'blk' }, { permissions: 'cw', addresses: ['10.0.0.1'] }],
  ['a stored policy', { container: 'cont1' }, { policy: 'readers' }],
  ['a stored policy, its expiry and permissions here', { container: 'cont1', blob: 'dir/ü a+b%.txt' },
    { policy: 'ü & <b>', permissions: 'rw', start: everything.start, expiry }],
  ['a stored policy in a layout before resources', { container: 'cont1', blob: 'blk' },
    { policy: 'readers', version: '2018-03-28' }],
  ['a layout before scopes', { container: 'cont1', blob: 'blk' },
    { permissions: 'r', version: '2020-08-04', answer: { content_type: 'text/csv' } }],
  ['a layout before resources', { container: 'cont1', blob: 'blk' },
    { permissions: 'r', version: '2018-03-28', answer: { content_type: 'text/csv' } }],
];

// A policy may stand for the expiry.
const expiryOf = (options) => options.expiry ?? (options.policy ? undefined : expiry);

// What the client of Microsoft makes of a case.
function bySdk(kind, resource, options) {
  const { container, blob, snapshot, version: versionId } = resource;
  const { answer = {}, addresses, start } = options;
  const values = {
    containerName: container, blobName: blob, snapshotTime: snapshot, versionId,
    permissions: options.permissions && (blob ? BlobSASPermissions : ContainerSASPermissions).parse(options.permissions),
    identifier: options.policy,
    startsOn: start && new Date(start), expiresOn: expiryOf(options) && new Date(expiryOf(options)), version: options.version ?? '2021-12-02',
    ipRange: addresses && { start: addresses[0], end: addresses[1] }, protocol: options.protocols,
    encryptionScope: options.encryption_scope,
    cacheControl: answer.cache_control, contentDisposition: answer.content_disposition,
    contentEncoding: answer.content_encoding, contentLanguage: answer.content_language,
    contentType: answer.content_type,
  };
  return kind === 'delegation'
    ? generateBlobSASQueryParameters(values, delegationKey, account)
    : generateBlobSASQueryParameters(values, credential);
}

function accountBySdk(types, options) {
  const { addresses, start } = options;
  return generateAccountSASQueryParameters({
    services: AccountSASServices.parse('b').toString(),
    resourceTypes: AccountSASResourceTypes.parse(types).toString(),
    permissions: AccountSASPermissions.parse(options.permissions),
    startsOn: start && new Date(start), expiresOn: new Date(expiry), version: options.version ?? '2021-12-02',
    ipRange: addresses && { start: addresses[0], end: addresses[1] }, protocol: options.protocols,
    encryptionScope: options.encryption_scope,
  }, credential);
}

const quoted = (value) => JSON.stringify(value);
const member = (name, value) => (value === undefined ? [] : [`.${name} = ${value}`]);
const braces = (members) => `{${members.flat().join(', ')}}`;
const inCpp = (object) => braces(Object.entries(object).map(([name, value]) => member(name, quoted(value))));
const optionsInCpp = (options) => braces([
  member('permissions', options.permissions && quoted(options.permissions)),
  member('expiry', expiryOf(options) && `at(${quoted(expiryOf(options))})`),
  member('start', options.start && `at(${quoted(options.start)})`),
  member('version', options.version && quoted(options.version)),
  member('addresses', options.addresses && quoted(options.addresses.join('-'))),
  member('protocols', options.protocols && quoted(options.protocols)),
  member('policy', options.policy && quoted(options.policy)),
  member('encryption_scope', options.encryption_scope && quoted(options.encryption_scope)),
  member('answer', options.answer && braces([
    'content_type', 'content_encoding', 'content_language', 'content_disposition', 'cache_control',
  ].map((name) => member(name, options.answer[name] && quoted(options.answer[name]))))),
]);

const rows = [];
const add = (name, kind, resource, types, options, query) => rows.push(
  `      {${quoted(name)}, Kind::${kind}, ${inCpp(resource)}, ${quoted(types)},\n` +
  `       ${optionsInCpp(options)},\n       ${quoted(String(query))}},`);
for (const [name, resource, options] of cases) add(name, 'service', resource, '', options, bySdk('service', resource, options));
for (const [name, resource, options] of cases) {
  if (options.policy || (options.version ?? '2021-12-02') < '2020-12-06') continue;
  add(`delegated: ${name}`, 'delegation', resource, '', options, bySdk('delegation', resource, options));
}
const { answer, ...plain } = everything;
for (const [name, types, options] of [
  ['the account', 'sco', { permissions: 'rwdlac' }],
  ['the account with everything', 'co', { permissions: 'rl', ...plain }],
  ['the account before scopes', 'o', { permissions: 'r', version: '2020-08-04' }],
]) add(name, 'account', {}, types, options, accountBySdk(types, options));

console.log(`// Signatures that Microsoft's storage client for JavaScript makes. Written by
// tests/conformance/sas_vectors.mjs; not to be changed by hand.
#pragma once

#include <string_view>
#include <vector>

#include "blob/sas.h"

namespace dms::blob::vectors {

// clang-format off
inline constexpr std::string_view account_name = ${quoted(account)};
inline constexpr std::string_view account_key = ${quoted(accountKey)};

inline Timestamp at(std::string_view text) { return Timestamp::parse(text).value(); }

inline DelegationKey delegation_key() {
  return {.object_id = ${quoted(delegationKey.signedObjectId)}, .tenant_id = ${quoted(delegationKey.signedTenantId)},
          .start = "2029-12-30T00:00:00Z", .expiry = "2030-01-05T00:00:00Z",
          .service = ${quoted(delegationKey.signedService)}, .version = ${quoted(delegationKey.signedVersion)},
          .key = ${quoted(Buffer.from(delegationKey.value, 'base64').toString())}};
}

enum class Kind { service, delegation, account };

struct Vector {
  std::string_view name;
  Kind kind;
  SasResource resource;
  std::string_view resource_types;  // of an account SAS
  SasOptions options;
  std::string_view query;
};

inline std::vector<Vector> all() {
  return {
${rows.join('\n')}
  };
}
// clang-format on

}  // namespace dms::blob::vectors`);
