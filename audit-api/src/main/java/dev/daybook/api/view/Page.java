package dev.daybook.api.view;

/** A page of the viewer. */
interface Page {}
