// What a report's page knows, as the JSON that web/report/src/data.ts reads.
// Threads: any. Memory: the text, at most 30 MB.
#pragma once

#include <string>

#include "fruits/report/report_page.h"
#include "report/findings.h"
#include "report/neighbors.h"
#include "report/sampled_rows.h"

namespace fruits::report {

std::string PageJson(const ReportFacts& facts, const Sample& sample, const Neighbors& neighbors,
                     const Findings& findings);

}  // namespace fruits::report
