/** Creates the MSK Connect connector that writes the audit log, and uploads its plugin. */
@NullMarked
package dev.daybook.infra.sink;

import org.jspecify.annotations.NullMarked;
