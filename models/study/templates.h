// The key `templates` of a study: input files whose gaps are filled in on the node.
#pragma once

#include "models/study/reader.h"
#include "models/study/study.h"

namespace dms::models {

// [{from: ptm.inp.tpl, to: ptm.inp, style: braces | dollar | tilde}]; `from` is below the inputs.
Status read_templates(const StudyReader& reader, const YamlNode& node, Study& study);

// Reads every template and holds its gaps against the study: each name is a parameter, one of
// environment_variables, or Batch's own (AZ_BATCH_…); what is put into a gap of fixed width fits.
// Errors: those of the reader, with the template's file:line:column behind the study's.
void check_templates(const StudyReader& reader, const YamlNode& node, const Study& study,
                     Problems& problems);

}  // namespace dms::models
