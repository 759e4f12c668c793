/** What the connectors need beside them on AWS. */
@NullMarked
package dev.daybook.connect.aws;

import org.jspecify.annotations.NullMarked;
