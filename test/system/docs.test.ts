/** What a page shows is so: its commands are run, and what they print is compared with it. `document.ts` has the marks. */
import { testDocuments } from '../parts/document-tests.ts';

// The tour first: it begins on a server that has built nothing yet.
testDocuments('documents', ['docs/tour.md', 'docs/*.md']);
